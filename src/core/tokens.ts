/**
 * Tokens in the words of a task: `{{first_name}}` is the value, `{{first_name|there}}` says what stands there without
 * one. Pure.
 */

/** Everything between two pairs of braces, a name and perhaps a default behind a bar. */
const TOKEN = /\{\{([^{}|]*)(?:\|([^{}]*))?\}\}/g;

/** The text with each token replaced by its value, its default, or nothing. @param values by name; blanks are absent */
export function withTokens(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(TOKEN, (_, name: string, otherwise: string | undefined) => {
    const key = name.trim();
    const value = Object.hasOwn(values, key) ? values[key] : undefined;
    return value ?? otherwise?.trim() ?? "";
  });
}
