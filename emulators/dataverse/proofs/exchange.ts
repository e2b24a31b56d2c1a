/**
 * Exchanges as they are written down in `fixtures/*.http`: a document with its title and address, headers that all its
 * requests carry, and steps of one request and the answer to it. `{{name}}` stands for a value that the first answer
 * to show it gives, and that everything after it repeats.
 */

/** Header names as written; values without blanks at their ends. */
export type HeaderLines = readonly (readonly [name: string, value: string])[];

export interface Step {
  readonly title: string;
  readonly method: string;
  readonly address: string;
  readonly headers: HeaderLines;
  readonly body: string;
  readonly answer: WrittenAnswer;
}

export interface WrittenAnswer {
  readonly status: number;
  /** Headers that must be there with this value. */
  readonly headers: HeaderLines;
  /** Names of headers that must not be there. */
  readonly absent: readonly string[];
  readonly body: string;
}

/** What one published document shows. */
export interface Exchange {
  readonly title: string;
  /** Address of the document. */
  readonly source: string;
  readonly steps: readonly Step[];
}

/** Reads the exchanges of a fixture. Throws when a line is not understood. */
export function exchanges(text: string): Exchange[] {
  return text
    .split(/^(?=# (?!https:))/m)
    .filter((block) => block.trim() !== "")
    .map(exchange);
}

function exchange(block: string): Exchange {
  const [head = "", ...steps] = block.split(/^### /m);
  const [title = "", source = "", ...shared] = head.trim().split("\n");
  if (!source.startsWith("# https://")) throw new Error(`${title} names no document.`);
  const common = headerLines(shared);
  return {
    title: title.slice(2),
    source: source.slice(2),
    steps: steps.map((step) => readStep(step, common)),
  };
}

function readStep(text: string, common: HeaderLines): Step {
  const [title = "", ...lines] = text.split("\n");
  const turn = lines.findIndex((line) => /^HTTP\/1\.1 \d{3}/.test(line));
  const asked = section(lines.slice(0, turn));
  const answered = section(lines.slice(turn));
  const [, method = "", address = ""] = /^([A-Z]+) (.+)$/.exec(asked.first) ?? [];
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(answered.first)?.[1]);
  if (turn < 0 || method === "") throw new Error(`The step '${title}' has no request or no answer.`);
  const own = headerLines(asked.head);
  const names = new Set(own.map(([name]) => name.toLowerCase()));
  return {
    title,
    method,
    address,
    headers: [...common.filter(([name]) => !names.has(name.toLowerCase())), ...own],
    body: asked.body,
    answer: {
      status,
      headers: headerLines(answered.head.filter((line) => !line.startsWith("!"))),
      absent: answered.head.filter((line) => line.startsWith("!")).map((line) => line.slice(1).trim()),
      body: answered.body,
    },
  };
}

interface Section {
  readonly first: string;
  readonly head: readonly string[];
  readonly body: string;
}

/** A first line, the lines up to an empty one, and the rest. */
function section(lines: readonly string[]): Section {
  const [first = "", ...rest] = lines.join("\n").trim().split("\n");
  const gap = rest.indexOf("");
  const end = gap < 0 ? rest.length : gap;
  return { first, head: rest.slice(0, end), body: rest.slice(end).join("\n").trim() };
}

function headerLines(lines: readonly string[]): HeaderLines {
  return lines.map((line) => {
    const colon = line.indexOf(":");
    if (colon < 1) throw new Error(`'${line}' is no header.`);
    return [line.slice(0, colon), line.slice(colon + 1).trim()] as const;
  });
}
