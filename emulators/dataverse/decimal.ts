/** Decimal numbers as text, so that no digit ever passes through a double. */

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;

interface Parts {
  readonly negative: boolean;
  /** All digits, without a point. */
  readonly digits: string;
  /** How many of the digits stand right of the point (never negative). */
  readonly scale: number;
}

function parts(text: string): Parts | undefined {
  const match = DECIMAL.exec(text);
  const whole = match?.[2] ?? "";
  const fraction = match?.[3] ?? "";
  if (match === null || whole + fraction === "") return undefined;
  const scale = fraction.length - Number(match[4] ?? 0);
  if (Math.abs(scale) > 400) return undefined;
  const digits = scale < 0 ? whole + fraction + "0".repeat(-scale) : whole + fraction;
  return { negative: match[1] === "-", digits, scale: Math.max(scale, 0) };
}

function scaled(value: Parts, places: number): bigint {
  const magnitude = BigInt(value.digits);
  const drop = value.scale - places;
  if (drop <= 0) return magnitude * 10n ** BigInt(-drop);
  const divisor = 10n ** BigInt(drop);
  const half = magnitude % divisor >= divisor / 2n ? 1n : 0n;
  return magnitude / divisor + half;
}

function written(units: bigint, places: number, negative: boolean): string {
  const digits = units.toString().padStart(places + 1, "0");
  const sign = negative && units !== 0n ? "-" : "";
  if (places === 0) return sign + digits;
  return `${sign}${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

/** `value` with exactly `places` digits after the point, halves away from zero; undefined when it is no number. */
export function fixed(value: string, places: number): string | undefined {
  const plain = PLAIN.exec(value);
  if (plain !== null && (plain[1] ?? "").length <= places) return padded(value, plain[1], places);
  const parsed = parts(value);
  return parsed === undefined ? undefined : written(scaled(parsed, places), places, parsed.negative);
}

const PLAIN = /^-?(?:0|[1-9]\d*)(?:\.(\d+))?$/;

function padded(value: string, fraction: string | undefined, places: number): string {
  if (places === 0 || fraction?.length === places) return value === "-0" ? "0" : value;
  const padding = "0".repeat(places - (fraction ?? "").length);
  const result = fraction === undefined ? `${value}.${padding}` : value + padding;
  return /^-0\.0*$/.test(result) ? result.slice(1) : result;
}

/** The exact sum, with as many places as the most exact of the values has. */
export function sum(values: readonly string[]): string {
  const all = values.flatMap((value) => parts(value) ?? []);
  const places = all.reduce((most, { scale }) => Math.max(most, scale), 0);
  const units = all.reduce((total, value) => total + (value.negative ? -1n : 1n) * scaled(value, places), 0n);
  return written(units < 0n ? -units : units, places, units < 0n);
}

/** The exact quotient `value / divisor`, rounded to `places`; undefined when either is no number or the divisor is zero. */
export function divide(value: string, divisor: string, places: number): string | undefined {
  const top = parts(value);
  const bottom = parts(divisor);
  if (top === undefined || bottom === undefined || BigInt(bottom.digits) === 0n) return undefined;
  const shift = bottom.scale - top.scale + places + 1;
  const numerator = BigInt(top.digits) * (shift > 0 ? 10n ** BigInt(shift) : 1n);
  const denominator = BigInt(bottom.digits) * (shift < 0 ? 10n ** BigInt(-shift) : 1n);
  const units = (numerator / denominator + 5n) / 10n;
  return written(units, places, top.negative !== bottom.negative);
}

/** Less than, equal to or greater than zero, as `left` compares with `right`; both must be numbers. */
export function compareDecimals(left: string, right: string): number {
  const a = parts(left);
  const b = parts(right);
  if (a === undefined || b === undefined) return Number(left) - Number(right);
  const places = Math.max(a.scale, b.scale);
  const x = a.negative ? -scaled(a, places) : scaled(a, places);
  const y = b.negative ? -scaled(b, places) : scaled(b, places);
  return Number(x > y) - Number(x < y);
}
