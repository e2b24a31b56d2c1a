import type { Random } from "./random.ts";

/** A currency of the organization and how many of it one unit of the base currency buys. */
export interface Currency {
  readonly code: "USD" | "EUR" | "GBP";
  readonly name: string;
  readonly symbol: string;
  /** Twelve decimals, as the service keeps it. */
  readonly rate: string;
}

/** The organization's currencies; the first is its base currency. */
export const CURRENCIES: readonly Currency[] = [
  { code: "USD", name: "US Dollar", symbol: "$", rate: "1.000000000000" },
  { code: "EUR", name: "Euro", symbol: "€", rate: "0.921500000000" },
  { code: "GBP", name: "Pound Sterling", symbol: "£", rate: "0.787312500000" },
];

/** An amount from whole hundredths, with four decimals as the Web API writes money: 123450 is `"1234.5000"`. */
export function amount(cents: number): string {
  const digits = String(Math.abs(cents)).padStart(3, "0");
  return `${cents < 0 ? "-" : ""}${digits.slice(0, -2)}.${digits.slice(-2)}00`;
}

/** A decimal number from its digits without a point: `decimal(-5n, 2)` is `"-0.05"`. */
export function decimal(digits: bigint, places: number): string {
  const text = String(digits < 0n ? -digits : digits).padStart(places + 1, "0");
  return `${digits < 0n ? "-" : ""}${text.slice(0, -places)}.${text.slice(-places)}`;
}

/** Whole hundredths between two amounts, small ones likelier, often round: as prices are. */
export function hundredths(random: Random, least: number, most: number): number {
  const share = random.fraction() * random.fraction() * random.fraction();
  const units = Math.floor(least + share * (most - least));
  if (random.chance(0.5)) return (units - (units % 100)) * 100;
  return units * 100 + random.whole(0, 99);
}
