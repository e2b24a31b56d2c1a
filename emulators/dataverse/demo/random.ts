/**
 * Chance from a seed: the same seed, stream and index give the same draws on every machine, so any record of a demo
 * organization can be made on its own, in any order, without keeping the others.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /**
   * @param seed - the organization's seed.
   * @param stream - which kind of draw this is (one number per entity or aspect).
   * @param index - which record of the stream. Distinct triples never share a sequence: they are the generator's state.
   */
  constructor(seed: number, stream: number, index: number) {
    this.#a = seed | 0;
    this.#b = stream | 0;
    this.#c = index | 0;
    // The state starts nearly empty; twelve rounds spread every bit of it over every later draw.
    for (let round = 0; round < 12; round++) this.bits();
  }

  /** 32 random bits (sfc32 by Chris Doty-Humphrey, public domain). */
  bits(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** A fraction from 0 up to, not including, 1. */
  fraction(): number {
    return this.bits() / 0x1_0000_0000;
  }

  /** A whole number from `least` to `most`, both included. */
  whole(least: number, most: number): number {
    return least + Math.floor(this.fraction() * (most - least + 1));
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  /** One of the list. @throws RangeError when the list is empty. */
  pick<T>(list: readonly T[]): T {
    return at(list, Math.floor(this.fraction() * list.length));
  }

  /** The value with the given probability, else null. */
  maybe<T>(probability: number, make: () => T): T | null {
    return this.chance(probability) ? make() : null;
  }

  /** One of the entries, each as likely as its weight. @throws RangeError when there are none. */
  weighted<T>(entries: readonly (readonly [weight: number, value: T])[]): T {
    let left = this.fraction() * entries.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, value] of entries) {
      left -= weight;
      if (left < 0) return value;
    }
    return at(entries, entries.length - 1)[1];
  }

  /** A pattern with each `#` replaced by a digit and each `@` by a capital letter: `"SW# #@@"`. */
  pattern(pattern: string): string {
    let text = "";
    for (const sign of pattern) text += this.#sign(sign);
    return text;
  }

  #sign(sign: string): string {
    if (sign === "#") return String(this.whole(0, 9));
    return sign === "@" ? String.fromCharCode(this.whole(65, 90)) : sign;
  }

  /** An identifier shaped as a random (version 4) UUID, lower case. */
  guid(): string {
    const one = hex(this.bits());
    const two = hex(this.bits());
    const three = hex((this.bits() & 0x3fff_ffff) | 0x8000_0000);
    const four = hex(this.bits());
    return `${one}-${two.slice(0, 4)}-4${two.slice(5)}-${three.slice(0, 4)}-${three.slice(4)}${four}`;
  }
}

const BYTES = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

function hex(bits: number): string {
  return (
    at(BYTES, bits >>> 24) +
    at(BYTES, (bits >>> 16) & 255) +
    at(BYTES, (bits >>> 8) & 255) +
    at(BYTES, bits & 255)
  );
}

/** The entry at a place known to exist. @throws RangeError when it does not. */
export function at<T>(list: readonly T[], index: number): T {
  const value = list[index];
  if (value === undefined) throw new RangeError(`There is no entry ${index} in a list of ${list.length}.`);
  return value;
}
