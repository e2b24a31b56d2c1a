/** Tandem's mark: two wheels on one frame. `mark.svg` is the same for the browser's tab. */
export function Mark({ size = 28 }: { readonly size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" fill="none" strokeWidth={3} aria-hidden="true">
      <path d="M9.5 16h13" stroke="var(--t-off)" strokeLinecap="round" />
      <circle cx="9.5" cy="16" r="7" stroke="var(--t-flow)" />
      <circle cx="22.5" cy="16" r="7" stroke="var(--t-backlog)" />
    </svg>
  );
}
