/**
 * `tandem fields`: what can be copied, what is, and the switches.
 */
import type { Command } from "commander";
import type { FieldLine, Tandem } from "./tandem.ts";
import { aligned, coloured } from "./words.ts";

interface FieldsParts {
  readonly tandem: Tandem;
  readonly signal: AbortSignal;
  readonly write: (text: string) => void;
}

interface Given {
  readonly on?: readonly string[];
  readonly off?: readonly string[];
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
    .option("--json", "machine-readable output")
    .action(async (entity: string | undefined, { on = [], off = [], json = false }: Given) => {
      if (entity === undefined && on.length + off.length > 0) {
        program.error("error: name the entity whose fields are to be switched");
      }
      const fields = await tandem.fields({ entity, on, off }, signal);
      write(json ? `${JSON.stringify(fields)}\n` : `${fieldsText(fields)}\n`);
    });
}

function fieldsText(fields: readonly FieldLine[]): string {
  if (fields.length === 0) return "Nothing is connected yet: run `tandem connect` first.";
  const header = ["entity", "field", "label", "type", "column", "state"];
  const rows = fields.map((field) => [
    field.entity,
    field.attribute,
    field.label,
    field.type,
    `${field.table}.${field.column}`,
    stateText(field),
  ]);
  const [first = "", ...rest] = aligned([header, ...rows], new Set());
  return [coloured("dim", first), ...rest].join("\n");
}

function stateText({ enabled, filling, setAside, direction }: FieldLine): string {
  if (!enabled) return coloured("dim", "off");
  if (setAside !== null) return coloured("yellow", `set aside: ${setAside}`);
  if (filling) return coloured("cyan", "being filled");
  return coloured("green", direction === "push" ? "on (to Dynamics)" : "on");
}
