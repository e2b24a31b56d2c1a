/**
 * `tandem fields`: what can be copied, what is, and the switches.
 */
import type { Command } from "commander";
import type { FieldLine, FieldsOptions, Tandem } from "./tandem.ts";
import { aligned, coloured } from "./words.ts";

interface FieldsParts {
  readonly tandem: Tandem;
  readonly signal: AbortSignal;
  readonly write: (text: string) => void;
}

interface Given {
  readonly on?: readonly string[];
  readonly off?: readonly string[];
  readonly column?: readonly string[];
  readonly asText?: readonly string[];
  readonly samples?: boolean;
  readonly json?: boolean;
}

export function addFields(program: Command, { tandem, signal, write }: FieldsParts): void {
  const names = (text: string): readonly string[] => text.split(",").filter((name) => name !== "");
  program
    .command("fields")
    .description("list the fields of an entity; switch them on and off while the sync runs")
    .argument("[entity]", "logical name, such as contact")
    .option("--on <attributes>", "switch on, by logical name, separated by commas", names)
    .option("--off <attributes>", "switch off; the column keeps its values", names)
    .option(
      "--column <attribute=name>",
      "give a field a column of its own; given again, for several",
      collected,
    )
    .option(
      "--as-text <attributes>",
      "keep the values as text, whatever their type; from Dynamics only",
      names,
    )
    .option("--samples", "with a few values of each field")
    .option("--json", "machine-readable output")
    .action(async (entity: string | undefined, given: Given) => {
      const { samples = false, json = false } = given;
      const change = changeOf(program, given);
      const changed = changedBy(change);
      if (entity === undefined && (changed.size > 0 || samples)) {
        program.error("error: name the entity whose fields it is about");
      }
      const fields = await tandem.fields({ entity, ...change, ...(samples ? { samples } : {}) }, signal);
      // Among hundreds of others, nobody would find what has just been switched.
      const shown = changed.size > 0 ? fields.filter(({ attribute }) => changed.has(attribute)) : fields;
      write(json ? `${JSON.stringify(fields)}\n` : `${fieldsText(shown)}\n`);
    });
}

function changeOf(program: Command, given: Given): Omit<FieldsOptions, "entity"> {
  const { on = [], off = [], column = [], asText = [] } = given;
  const columns = new Map(
    column.map((text) => {
      const [, attribute = "", name = ""] = /^(\w+)=(\w+)$/.exec(text) ?? [];
      if (name === "") program.error(`error: "${text}" is no choice of a column: write attribute=column`);
      return [attribute, name] as const;
    }),
  );
  return {
    on,
    off,
    ...(columns.size > 0 ? { columns } : {}),
    ...(asText.length > 0 ? { asText } : {}),
  };
}

/** Attributes that a change is about. */
function changedBy({
  on = [],
  off = [],
  columns,
  asText = [],
}: Omit<FieldsOptions, "entity">): ReadonlySet<string> {
  return new Set([...on, ...off, ...(columns?.keys() ?? []), ...asText]);
}

function collected(text: string, before?: readonly string[]): readonly string[] {
  return [...(before ?? []), text];
}

function fieldsText(fields: readonly FieldLine[]): string {
  if (fields.length === 0) return "Nothing is connected yet: run `tandem connect` first.";
  const sampled = fields.some(({ samples }) => samples !== undefined);
  const header = ["entity", "field", "label", "type", "column", "state", ...(sampled ? ["values"] : [])];
  const rows = fields.map((field) => [
    field.entity,
    field.attribute,
    field.label,
    field.type,
    `${field.table}.${field.column}`,
    stateText(field),
    ...(sampled ? [(field.samples ?? []).join(" · ")] : []),
  ]);
  const [first = "", ...rest] = aligned([header, ...rows], new Set());
  return [coloured("dim", first), ...rest, ...clashLines(fields)].join("\n");
}

function stateText({ enabled, filling, setAside, direction }: FieldLine): string {
  if (!enabled) return coloured("dim", "off");
  if (setAside !== null) return coloured("yellow", `set aside: ${setAside}`);
  if (filling) return coloured("cyan", "being filled");
  return coloured("green", `on (${WAYS[direction] ?? direction})`);
}

const WAYS: Readonly<Record<string, string>> = {
  pull: "from Dynamics",
  push: "to Dynamics",
  both: "both ways",
};

/** Both types, and the ways out where there is something to choose. */
function clashLines(fields: readonly FieldLine[]): readonly string[] {
  const lines = fields.flatMap(({ entity, attribute, clash, setAside, enabled }) => {
    if (clash === null) return [];
    const both = `${attribute} of ${entity} is ${clash.needs}, ${clash.other} has ${clash.has}`;
    if (setAside === null || !enabled) return [`${both}: each has a column of its own.`];
    return [
      `${both}. Choose: \`tandem fields ${entity} --column ${attribute}=<new column>\`, ` +
        `or \`--as-text ${attribute}\` where the column is text.`,
    ];
  });
  return lines.length === 0 ? [] : ["", ...new Set(lines)];
}
