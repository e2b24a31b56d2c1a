/**
 * `tandem policy`: which way fields and deletes travel, and who wins when both sides changed the same field.
 */
import type { Command } from "commander";
import { Option } from "commander";
import type { PolicyLine, PolicyOptions, Tandem } from "./tandem.ts";
import { aligned, coloured } from "./words.ts";

interface PolicyParts {
  readonly tandem: Tandem;
  readonly signal: AbortSignal;
  readonly write: (text: string) => void;
}

interface Given {
  readonly field?: string;
  readonly winner?: "dynamics" | "marketing" | "default";
  readonly rule?: "fill-if-blank" | "create-only" | "never-blank" | "none";
  readonly direction?: "pull" | "push" | "both";
  readonly deletes?: "keep" | "delete";
  readonly json?: boolean;
}

export function addPolicy(program: Command, { tandem, signal, write }: PolicyParts): void {
  program
    .command("policy")
    .description(
      "which way fields and deletes travel and who wins a conflict; list, or set one while the sync runs",
    )
    .argument("[entity]", "logical name, such as contact")
    .option(
      "--field <attribute>",
      "the field, by logical name; without it the winner holds for the whole entity",
    )
    .addOption(
      new Option("--winner <side>", "whose value stays in a conflict").choices([
        "dynamics",
        "marketing",
        "default",
      ]),
    )
    .addOption(
      new Option("--rule <rule>", "what the field never lets happen").choices([
        "fill-if-blank",
        "create-only",
        "never-blank",
        "none",
      ]),
    )
    .addOption(
      new Option("--direction <way>", "which way the field travels").choices(["pull", "push", "both"]),
    )
    .addOption(
      new Option(
        "--deletes <what>",
        "what becomes in Dynamics of the entity's records whose rows are deleted in marketing",
      ).choices(["keep", "delete"]),
    )
    .option("--json", "machine-readable output")
    .action(async (entity: string | undefined, given: Given) => {
      const { winner, rule, direction, deletes } = given;
      const set = [winner, rule, direction, deletes].some((value) => value !== undefined);
      if (entity === undefined && (set || given.field !== undefined)) {
        program.error("error: name the entity whose policy is meant");
      }
      const lines = await tandem.policies({ entity, change: set ? changeOf(given) : null }, signal);
      const shown =
        given.field === undefined ? lines : lines.filter(({ attribute }) => attribute === given.field);
      write(given.json === true ? `${JSON.stringify(shown)}\n` : `${policiesText(shown)}\n`);
    });
}

function changeOf({ field, winner, rule, direction, deletes }: Given): PolicyOptions["change"] {
  return {
    ...(field === undefined ? {} : { field }),
    ...(winner === undefined ? {} : { winner: winner === "default" ? null : winner }),
    ...(rule === undefined ? {} : { rule: rule === "none" ? null : rule }),
    ...(direction === undefined ? {} : { direction }),
    ...(deletes === undefined ? {} : { deletes }),
  };
}

const WAYS = { pull: "from Dynamics", push: "to Dynamics", both: "both ways" } as const;

function policiesText(lines: readonly PolicyLine[]): string {
  if (lines.length === 0) return "No such field is on: `tandem fields` lists them all.";
  const header = ["entity", "field", "column", "travels", "wins", "rule"];
  const rows = lines.map(({ entity, attribute, table, column, direction, winner, own, rule }) => [
    entity,
    attribute,
    `${table}.${column}`,
    WAYS[direction],
    direction === "both" ? `${winner}${own ? " (set here)" : ""}` : "",
    rule ?? "",
  ]);
  const [first = "", ...rest] = aligned([header, ...rows], new Set());
  const deleting = new Set(lines.flatMap(({ entity, deletes }) => (deletes === "delete" ? [entity] : [])));
  const told = [...deleting].map(
    (entity) => `A row of ${entity} that is deleted in marketing is deleted in Dynamics too.`,
  );
  return [coloured("dim", first), ...rest, ...told].join("\n");
}
