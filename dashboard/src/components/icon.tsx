/** Line icons on a grid of 20, drawn here so that nothing is fetched. They say nothing to screen readers: label them. */
const SHAPES = {
  sync: "M16.5 8.5A7 7 0 0 0 4.2 6.2L3 7.5M3 3.5v4h4M3.5 11.5a7 7 0 0 0 12.3 2.3l1.2-1.3M17 16.5v-4h-4",
  copy: "M7.5 7.5h9v9h-9zM12.5 7.5v-4h-9v9h4",
  check: "M4 10.5l4 4 8-9",
  sun: "M10 6.5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7zM10 2v1.5M10 16.5V18M2 10h1.5M16.5 10H18M4.3 4.3l1.1 1.1M14.6 14.6l1.1 1.1M15.7 4.3l-1.1 1.1M5.4 14.6l-1.1 1.1",
  moon: "M16.5 12.2A7 7 0 0 1 7.8 3.5a7 7 0 1 0 8.7 8.7z",
  auto: "M3 4h14v9.5H3zM10 13.5V17M6.5 17h7",
  alert: "M10 3L2.5 16.5h15zM10 8.5v3.5M10 14.2v.1",
  wait: "M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM10 6v4l2.5 2",
  unplugged: "M3 3l14 14M7 4.5V7M13 4.5V8M5 8h1M9 8h6v2a5 5 0 0 1-1 3M11 14.6A5 5 0 0 1 5 10V8M10 15v2.5",
  database:
    "M4 5.5c0-1.4 2.7-2.5 6-2.5s6 1.1 6 2.5S13.3 8 10 8 4 6.9 4 5.5zM4 5.5v9C4 15.9 6.7 17 10 17s6-1.1 6-2.5v-9M4 10c0 1.4 2.7 2.5 6 2.5s6-1.1 6-2.5",
  cloud: "M6 15.5a3.5 3.5 0 0 1-.4-7A4.5 4.5 0 0 1 14.3 9.2 3.2 3.2 0 0 1 14 15.5z",
} as const;

export type IconName = keyof typeof SHAPES;

export function Icon({ name, size = 16 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path
        d={SHAPES[name]}
        fill="none"
        stroke="currentColor"
        strokeWidth={1.6}
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
