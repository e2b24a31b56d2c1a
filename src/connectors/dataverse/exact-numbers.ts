/**
 * Numbers that must not pass through a double: `JSON.parse` would turn 79228162514264337593543950335 or 20000.10 into
 * something else. Their digits are put in quotes in the text of the page, so that they arrive as strings.
 *
 * Why the pattern can neither hit inside a string nor miss a value, in any valid JSON text:
 * - It begins with `{` or `,`, blanks and a quote. A quote inside a string is always written `\"`, so a quote after
 *   `{`, `,` or a blank is not inside a string; it opens or closes one. After a closing quote no letter may follow,
 *   and the pattern wants the first letter of the name: the quote opens a string.
 * - The name holds only letters, digits and underscores, so the next quote, right after the name, closes that
 *   string. A colon follows: the string is a property's name, whole, and what follows the colon is its value.
 * - The value is matched as a number by its first character, and JSON numbers consist of nothing but the characters
 *   matched; `null` and quoted values (a service that honours `IEEE754Compatible`) stay as they are.
 * - It misses only a name written with `\u` escapes, which no serializer does for letters.
 * `exact-numbers.test.ts` holds both claims against a parser, on generated texts.
 */

/** Quotes the digits of the chosen properties. The identity when nothing is chosen: then the text is not searched. */
export type Quoting = (text: string) => string;

const NAME = /^[a-z_][a-z0-9_]*$/iu;

/** @param properties names on the wire; they must be plain names of letters, digits and underscores */
export function exactNumbers(properties: readonly string[]): Quoting {
  for (const name of properties) {
    if (!NAME.test(name)) throw new TypeError(`${name} cannot be the name of a column`);
  }
  if (properties.length === 0) return (text) => text;
  const pattern = new RegExp(String.raw`([{,]\s*"(?:${properties.join("|")})"\s*:\s*)(-?\d[\d.eE+-]*)`, "gu");
  return (text) => text.replace(pattern, '$1"$2"');
}
