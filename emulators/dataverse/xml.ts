/** An element as it was read: its text is what stands directly inside it, without its children's. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

/** The text is no well-formed XML, or uses what is not read here (a document type). */
export class XmlError extends Error {}

/** Attributes by name; undefined ones are left out. */
type Attributes = Readonly<Record<string, string | undefined>>;

/** An element as text: self-closing when it has no content. Content is text already escaped. */
export function element(name: string, attributes: Attributes, content = ""): string {
  const pairs = Object.entries(attributes)
    .filter((pair): pair is [string, string] => pair[1] !== undefined)
    .map(([key, value]) => ` ${key}="${escaped(value)}"`);
  const head = `<${name}${pairs.join("")}`;
  return content === "" ? `${head} />` : `${head}>${content}</${name}>`;
}

const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escaped(text: string): string {
  return text.replaceAll(/[&<>"]/g, (mark) => ESCAPES[mark] ?? mark);
}

/** Reads one well-formed document. Namespaces are not resolved: a prefix is a part of the name. @throws XmlError */
export function parseXml(source: string): XmlElement {
  return new Reader(source).document();
}

const NAME = /[A-Za-z_][\w.:-]*/y;
const BLANK = /\s*/y;
/** What may stand between elements and is of no consequence. */
const ASIDE = /(?:\s|<!--(?:(?!--)[^])*-->|<\?[^]*?\?>)*/y;
const VALUE = /\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y;
const CHARACTERS = /(?:[^<]|<!\[CDATA\[[^]*?\]\]>|<!--(?:(?!--)[^])*-->)*/y;

class Reader {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  document(): XmlElement {
    this.#match(ASIDE);
    const root = this.#element();
    this.#match(ASIDE);
    if (this.#at < this.#source.length) throw this.#error("Nothing may follow the root element");
    return root;
  }

  #element(): XmlElement {
    if (!this.#accept("<")) throw this.#error("An element was expected");
    const name = this.#name();
    const attributes = this.#attributes();
    if (this.#accept("/>")) return { name, attributes, children: [], text: "" };
    if (!this.#accept(">")) throw this.#error(`The tag '${name}' is not closed`);
    const children: XmlElement[] = [];
    let text = this.#characters();
    while (!this.#accept("</")) {
      children.push(this.#element());
      text += this.#characters();
    }
    if (this.#name() !== name) throw this.#error(`'${name}' is closed by another name`);
    this.#match(BLANK);
    if (!this.#accept(">")) throw this.#error(`The end tag of '${name}' is not closed`);
    return { name, attributes, children, text };
  }

  #attributes(): Map<string, string> {
    const attributes = new Map<string, string>();
    for (;;) {
      const blank = this.#match(BLANK)?.[0] ?? "";
      const next = this.#source[this.#at];
      if (next === ">" || next === "/" || next === undefined) return attributes;
      if (blank === "") throw this.#error("Attributes stand apart");
      const name = this.#name();
      const value = this.#match(VALUE);
      if (value === null) throw this.#error(`The attribute '${name}' has no quoted value`);
      if (attributes.has(name)) throw this.#error(`'${name}' is a duplicate attribute name`);
      attributes.set(name, this.#resolved(value[1] ?? value[2] ?? ""));
    }
  }

  #characters(): string {
    const raw = this.#match(CHARACTERS)?.[0] ?? "";
    return raw
      .replaceAll(/<!--[^]*?-->/g, "")
      .split(/(<!\[CDATA\[[^]*?\]\]>)/)
      .map((part) => (part.startsWith("<![CDATA[") ? part.slice(9, -3) : this.#resolved(part)))
      .join("");
  }

  #resolved(text: string): string {
    return text.replaceAll(/&([^;\s]*);?/g, (reference: string, name: string) => {
      const character = reference.endsWith(";") ? characterOf(name) : undefined;
      if (character === undefined) throw this.#error(`'${reference}' is no character reference`);
      return character;
    });
  }

  #name(): string {
    const name = this.#match(NAME)?.[0];
    if (name === undefined) throw this.#error("A name was expected");
    return name;
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#source);
    this.#at += match?.[0].length ?? 0;
    return match;
  }

  #accept(text: string): boolean {
    if (!this.#source.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #error(message: string): XmlError {
    return new XmlError(`${message}, at position ${this.#at}.`);
  }
}

const NAMED: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function characterOf(name: string): string | undefined {
  const code = /^#(?:x([0-9a-f]{1,6})|(\d{1,7}))$/i.exec(name);
  if (code === null) return Object.hasOwn(NAMED, name) ? NAMED[name] : undefined;
  const point = code[1] === undefined ? Number(code[2]) : Number.parseInt(code[1], 16);
  return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : undefined;
}
