import type { Random } from "./random.ts";
import { PRODUCTS, REMARKS, TOPICS } from "./words.ts";

/** A note of one to four remarks, on lines of their own, as several people leave them over the years. */
export function note(random: Random): string {
  const lines = Array.from({ length: random.whole(1, 4) }, () => random.pick(REMARKS));
  return lines.join(random.chance(0.5) ? "\r\n" : "\n");
}

/** A note of exactly the given length in UTF-16 units. */
export function longNote(random: Random, length: number): string {
  let text = note(random);
  while (text.length < length) text += `\n${random.pick(REMARKS)}`;
  return text
    .slice(0, length - 1)
    .replace(/[\ud800-\udbff]$/u, "")
    .padEnd(length, ".");
}

/** What a lead is about. */
export function topic(random: Random): string {
  return random.pick(TOPICS).replace("{product}", random.pick(PRODUCTS));
}

/** What a deal is called: the product, the customer and the year. */
export function dealName(random: Random, customer: string, year: number): string {
  return `${random.pick(PRODUCTS)} - ${customer} (${year})`;
}
