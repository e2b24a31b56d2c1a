/** Tandem's mark: two wheels in one belt. `mark.svg` is the same for the browser's tab. */
export function Mark({ size = 30 }: { readonly size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <rect
        x="1.75"
        y="7.75"
        width="28.5"
        height="16.5"
        rx="8.25"
        fill="none"
        stroke="var(--t-text)"
        strokeWidth="2.5"
      />
      <circle cx="10" cy="16" r="4.25" fill="var(--t-flow)" />
      <circle cx="22" cy="16" r="4.25" fill="var(--t-backlog)" />
    </svg>
  );
}
