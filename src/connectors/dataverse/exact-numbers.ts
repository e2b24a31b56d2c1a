/**
 * Numbers that must not pass through a double: `JSON.parse` would turn 79228162514264337593543950335 or 20000.10 into
 * something else. Their digits are put in quotes in the text of the page, so that they arrive as strings.
 *
 * Why the search can neither hit inside a string nor miss a value, in any valid JSON text:
 * - It looks for the name in quotes, behind `{` or `,` and blanks. A quote inside a string is always written `\"`, so a
 *   quote after `{`, `,` or a blank is not inside a string; it opens or closes one. After a closing quote no letter may
 *   follow, and here the first letter of the name does: the quote opens a string.
 * - The name holds only letters, digits and underscores, so the next quote, right after the name, closes that
 *   string. A colon follows: the string is a property's name, whole, and what follows the colon is its value.
 * - The value is taken for a number by its first character, and JSON numbers consist of nothing but the characters
 *   taken; `null` and quoted values (a service that honours `IEEE754Compatible`) stay as they are.
 * - It misses only a name written with `\u` escapes, which no serializer does for letters.
 * - In UTF-8 none of these characters is part of another one (RFC 3629, section 3), so bytes may be searched.
 * `exact-numbers.test.ts` holds the claims against a parser, on generated texts.
 *
 * Bytes are searched and copied rather than the text they stand for: a text with one letter outside Latin-1 takes twice
 * the room, and would be there twice.
 */

/** Quotes the digits of the chosen properties. The identity when there are none: nothing is copied then. */
export type Quoting = (text: Uint8Array) => Uint8Array;

const NAME = /^[a-z_][a-z0-9_]*$/iu;

/** @param properties names on the wire; they must be plain names of letters, digits and underscores */
export function exactNumbers(properties: readonly string[]): Quoting {
  for (const name of properties) {
    if (!NAME.test(name)) throw new TypeError(`${name} cannot be the name of a column`);
  }
  const names = properties.map((name) => Buffer.from(`"${name}"`));
  return (text) => {
    const bytes = Buffer.from(text.buffer, text.byteOffset, text.byteLength);
    const places = names.flatMap((name) => numbersOf(bytes, name));
    return places.length === 0
      ? text
      : quoted(
          bytes,
          places.toSorted((one, other) => one - other),
        );
  };
}

const QUOTE = 0x22;

/** Where quotes go: before the first digit of each number, and behind the last one. */
function numbersOf(bytes: Buffer, name: Buffer): number[] {
  const places: number[] = [];
  for (let at = bytes.indexOf(name); at >= 0; at = bytes.indexOf(name, at + name.length)) {
    if (!opensName(bytes, at)) continue;
    const colon = pastBlanks(bytes, at + name.length);
    if (bytes[colon] !== COLON) continue;
    const start = pastBlanks(bytes, colon + 1);
    const digit = bytes[start] === MINUS ? start + 1 : start;
    if (isDigit(bytes[digit])) places.push(start, pastNumber(bytes, digit));
  }
  return places;
}

function quoted(bytes: Buffer, places: readonly number[]): Buffer {
  const longer = Buffer.allocUnsafeSlow(bytes.length + places.length);
  let from = 0;
  let to = 0;
  for (const place of places) {
    to += bytes.copy(longer, to, from, place);
    longer[to] = QUOTE;
    to += 1;
    from = place;
  }
  bytes.copy(longer, to, from);
  return longer;
}

const [COLON, COMMA, BRACE, MINUS] = [0x3a, 0x2c, 0x7b, 0x2d];

/** True when the quote at this place opens a property's name. */
function opensName(bytes: Buffer, quote: number): boolean {
  let before = quote - 1;
  while (isBlank(bytes[before])) before -= 1;
  return bytes[before] === COMMA || bytes[before] === BRACE;
}

function pastBlanks(bytes: Buffer, from: number): number {
  let at = from;
  while (isBlank(bytes[at])) at += 1;
  return at;
}

function pastNumber(bytes: Buffer, from: number): number {
  let at = from;
  while (isOfNumber(bytes[at])) at += 1;
  return at;
}

/** Blanks of JSON (RFC 8259, section 2). */
function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

/** Bytes that numbers have besides digits: `+ - . E e`. */
const OTHERS_OF_NUMBERS: ReadonlySet<number | undefined> = new Set([0x2b, 0x2d, 0x2e, 0x45, 0x65]);

function isOfNumber(byte: number | undefined): boolean {
  return isDigit(byte) || OTHERS_OF_NUMBERS.has(byte);
}
