import { expect, test } from "vitest";
import { PALETTES } from "../../dashboard/src/theme.ts";

const grounds = ["page", "surface", "inset"] as const;
const inks = ["text", "muted", "busy", "well", "waiting", "attention", "off"] as const;
const cases = (["light", "dark"] as const).flatMap((scheme) =>
  grounds.flatMap((ground) => inks.map((ink) => [scheme, ink, ground] as const)),
);

test.each(cases)("%s: %s can be read on %s (WCAG 2.2 AA, 4.5 to 1)", (scheme, ink, ground) => {
  const palette = PALETTES[scheme];
  expect(contrastOf(palette[ink], palette[ground])).toBeGreaterThanOrEqual(4.5);
});

/** Contrast ratio of WCAG 2.2. */
function contrastOf(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminanceOf(one), luminanceOf(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

function luminanceOf(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((start) => Number.parseInt(hex.slice(start, start + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
