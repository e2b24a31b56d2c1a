import type { Random } from "./random.ts";

/** A name in its own script, and as it is written in an e-mail address. */
export interface Name {
  readonly text: string;
  readonly latin: string;
}

export interface Town {
  readonly city: string;
  readonly region: string | null;
  /** Pattern of its postal codes: `#` a digit, `@` a letter. */
  readonly postalCode: string;
  readonly latitude: number;
  readonly longitude: number;
}

/** What names, firms, addresses and telephone numbers look like in one country. */
export interface Culture {
  readonly country: string;
  readonly currency: "USD" | "EUR" | "GBP";
  readonly women: readonly Name[];
  readonly men: readonly Name[];
  readonly families: readonly Name[];
  /** Whether people carry two family names side by side. */
  readonly twoFamilyNames?: boolean;
  readonly salutations: readonly [woman: string, man: string];
  readonly trades: readonly Name[];
  readonly legalForms: readonly string[];
  readonly towns: readonly Town[];
  readonly streets: readonly string[];
  /** How a street and a number are put together: `"{street} {number}"`. */
  readonly addressLine: string;
  /** Patterns; where a country keeps numbers for fiction, those. */
  readonly phones: readonly string[];
  readonly mobiles: readonly string[];
}

/** Names parted by blanks; `_` is a blank within a name, `=` parts a name from its Latin spelling. */
export function names(text: string): Name[] {
  return text.split(/\s+/).map((entry) => {
    const [name = "", spelled] = entry.replaceAll("_", " ").split("=");
    return { text: name, latin: spelled ?? latin(name) };
  });
}

/** Towns, one a line: `city|region or nothing|postal code|latitude|longitude`. */
export function towns(lines: readonly string[]): Town[] {
  return lines.map((line) => {
    const [city = "", region = "", postalCode = "", latitude = "0", longitude = "0"] = line.split("|");
    const place = { latitude: Number(latitude), longitude: Number(longitude) };
    return { city, region: region === "" ? null : region, postalCode, ...place };
  });
}

/** A list parted by `|`. */
export function list(text: string): string[] {
  return text.split("|");
}

const SPELLINGS: ReadonlyMap<string, string> = new Map([
  ["ß", "ss"],
  ["æ", "ae"],
  ["ø", "o"],
  ["å", "a"],
  ["ł", "l"],
  ["đ", "d"],
  ["ı", "i"],
  ["œ", "oe"],
  ["ð", "d"],
  ["þ", "th"],
]);

/** A Latin name in plain lower-case letters, for addresses: `"Łukasz"` is `"lukasz"`. Apostrophes and hyphens stay. */
export function latin(text: string): string {
  const lower = text.toLowerCase().replaceAll(/[ßæøåłđıœðþ]/gu, (letter) => SPELLINGS.get(letter) ?? letter);
  return lower.normalize("NFD").replaceAll(/[^a-z0-9' -]/gu, "");
}

/** A name for an internet domain: letters, digits and single hyphens. */
export function slug(text: string): string {
  return latin(text).replaceAll("'", "").replaceAll(/[ -]+/gu, "-").replaceAll(/^-|-$/gu, "");
}

/** A street address in the country's order. */
export function streetLine(random: Random, culture: Culture): string {
  const number = String(random.whole(1, random.chance(0.8) ? 99 : 4800));
  return culture.addressLine.replace("{street}", random.pick(culture.streets)).replace("{number}", number);
}
