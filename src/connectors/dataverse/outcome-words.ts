/**
 * What the service said about a record, fit for people to see: its words without the record's values.
 */
import type { Entity } from "../../core/organization.ts";
import type { OutValue, Write } from "../../core/sink-port.ts";
import type { SaidError } from "./refusal.ts";
import { shortened } from "./refusal.ts";

/** `The length of the 'subject' attribute … (0x80044331)`, or the status where there are no words. */
export function saidWords(status: number, said: SaidError, values: readonly OutValue[]): string {
  const words = shortened(withoutValues(bare(said.message), values));
  const code = said.code === "" ? "" : ` (${said.code})`;
  return words === "" ? `Dynamics answered ${status}${code}.` : `${words}${code}`;
}

const PREAMBLE = /^Error identified in Payload provided by the user.*?InnerException\s*:\s*/u;

/** Without the standing preamble, the names of exception classes, and the exceptions behind the first. */
function bare(message: string): string {
  const [first = ""] = message.replace(PREAMBLE, "").split(" ---> ");
  return first.replace(/^(?:[A-Za-z]+\.)+[A-Za-z]*Exception:\s*/u, "").trim();
}

const EMAIL = /[^\s'"<>()]+@[^\s'"<>()]+/gu;

/** Plug-ins and validations quote what was sent. It is personal, and whoever may see it finds it in the record. */
function withoutValues(words: string, values: readonly OutValue[]): string {
  const texts = values.flatMap(textOf).sort((a, b) => b.length - a.length);
  const hidden = texts.reduce((text, value) => {
    const unquoted = text.replaceAll(`'${value}'`, "'…'").replaceAll(`"${value}"`, '"…"');
    return value.length < 3 ? unquoted : unquoted.replaceAll(value, "…");
  }, words);
  return hidden.replace(EMAIL, "…");
}

function textOf(value: OutValue): string[] {
  if (value.kind === "reference") return [];
  if (value.kind === "exact") return [value.digits];
  return value.value === null || typeof value.value === "boolean" || value.value === ""
    ? []
    : [String(value.value)];
}

const QUOTED = /['"]([\w@.]+)['"]/gu;

/** The attribute a message is about: it refers to the record named, was sent and is named, or is named at least. */
export function namedField(
  message: string,
  entity: Pick<Entity, "attributes">,
  { values }: Write,
): string | null {
  const said = message.toLowerCase();
  const culprit = values.find(
    (value) => value.kind === "reference" && value.id !== null && said.includes(value.id.toLowerCase()),
  );
  if (culprit !== undefined) return attributeFor(entity, culprit);
  const named = bare(message).matchAll(QUOTED);
  const names = [...named].flatMap(([, name = ""]) => attributeOf(entity, name) ?? []);
  const sent = new Set(values.map((value) => attributeFor(entity, value)));
  return names.find((name) => sent.has(name)) ?? names[0] ?? null;
}

/** Logical name of the attribute that a value is for. */
export function attributeFor(entity: Pick<Entity, "attributes">, value: OutValue): string | null {
  return attributeOf(entity, value.kind === "reference" ? value.navigation : value.property);
}

/** Logical name of the attribute that the wire knows by this name, property or navigation property. */
function attributeOf(entity: Pick<Entity, "attributes">, name: string): string | null {
  const asked = name.replace(/@.*$/u, "").toLowerCase();
  const found = entity.attributes.find((attribute) =>
    [attribute.name, attribute.property, ...Object.values(attribute.navigation ?? {})].some(
      (known) => known.toLowerCase() === asked,
    ),
  );
  return found?.name ?? null;
}
