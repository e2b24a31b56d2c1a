import { createTheme } from "@mantine/core";
import type { CSSVariablesResolver, MantineColorsTuple } from "@mantine/core";

/** Colours of one scheme, by meaning. Styles use them as `var(--t-page)` and so on. */
interface Palette {
  readonly page: string;
  readonly surface: string;
  readonly inset: string;
  readonly border: string;
  readonly text: string;
  readonly muted: string;
  /** Work on its way to a good end: connecting, copying. */
  readonly busy: string;
  /** All is well: following, resting. */
  readonly well: string;
  /** Goes on by itself: waiting. */
  readonly waiting: string;
  /** A person must act. */
  readonly attention: string;
  /** Not in play: paused, queued. */
  readonly off: string;
  /** Records on their way, in charts. */
  readonly flow: string;
  /** Records still to come, in charts. */
  readonly backlog: string;
  readonly grid: string;
}

export const PALETTES: Readonly<Record<"light" | "dark", Palette>> = {
  light: {
    page: "#f3f6f6",
    surface: "#ffffff",
    inset: "#eef3f3",
    border: "#dbe4e5",
    text: "#12242b",
    muted: "#55676f",
    busy: "#0d7189",
    well: "#1b7a4b",
    waiting: "#925c00",
    attention: "#bb2d3b",
    off: "#5f6f76",
    flow: "#1487a3",
    backlog: "#d2653b",
    grid: "#e7edee",
  },
  dark: {
    page: "#0c1214",
    surface: "#121a1d",
    inset: "#192428",
    border: "#243238",
    text: "#e3ecee",
    muted: "#95a7ae",
    busy: "#54bdd6",
    well: "#4fc68d",
    waiting: "#f2a950",
    attention: "#ff7f83",
    off: "#8d9da4",
    flow: "#45b5d0",
    backlog: "#ee8a62",
    grid: "#1d292d",
  },
};

const petrol: MantineColorsTuple = [
  "#e6f6fa",
  "#cfe9f0",
  "#a0d3e0",
  "#6dbbd0",
  "#45a7c2",
  "#2b99b7",
  "#1487a3",
  "#0d7189",
  "#0a5f74",
  "#044b5d",
];

export const theme = createTheme({
  primaryColor: "petrol",
  primaryShade: { light: 7, dark: 7 },
  colors: { petrol },
  defaultRadius: "md",
  respectReducedMotion: true,
  cursorType: "pointer",
  fontFamily:
    '-apple-system, BlinkMacSystemFont, "Segoe UI Variable Text", "Segoe UI", Roboto, "Noto Sans", ' +
    '"Liberation Sans", system-ui, sans-serif',
  fontFamilyMonospace:
    'ui-monospace, SFMono-Regular, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace',
});

/** Hands the palettes to the style sheets, and to Mantine's own body and text. */
export const cssVariablesResolver: CSSVariablesResolver = () => ({
  variables: {},
  light: variablesOf(PALETTES.light),
  dark: variablesOf(PALETTES.dark),
});

function variablesOf(palette: Palette): Record<string, string> {
  const colours = Object.entries<string>({ ...palette });
  return {
    ...Object.fromEntries(colours.map(([name, colour]) => [`--t-${name}`, colour] as const)),
    "--mantine-color-body": palette.page,
    "--mantine-color-text": palette.text,
    "--mantine-color-dimmed": palette.muted,
  };
}
