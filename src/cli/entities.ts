/**
 * `tandem entities`: what the organization has around people, as a tree, and what of it is kept in step.
 */
import type { Command } from "commander";
import type { EntityListing, ListedEntity } from "../core/entity-desk.ts";
import { ROOTS } from "../core/entity-map.ts";
import { pathText } from "../core/entity-paths.ts";
import type { Tandem } from "./tandem.ts";
import { aligned, coloured, integer, relative } from "./words.ts";

interface EntitiesParts {
  readonly tandem: Pick<Tandem, "entities">;
  readonly signal: AbortSignal;
  readonly write: (text: string) => void;
  readonly now: () => Date;
}

interface Given {
  readonly on?: readonly string[];
  readonly off?: readonly string[];
  readonly all?: boolean;
  readonly refresh?: boolean;
  readonly json?: boolean;
}

export function addEntities(program: Command, { tandem, signal, write, now }: EntitiesParts): void {
  program
    .command("entities")
    .description("the entities around lead, contact and account, at any depth; switch them on and off")
    .option("--on <names...>", "keep in step from now on; of an N:N relationship its name or its table's")
    .option("--off <names...>", "follow no longer; the table and its rows stay")
    .option("--all", "also what a rule leaves out, and what is related to nobody")
    .option("--refresh", "let the worker ask Dynamics anew with its next cycle")
    .option("--json", "machine-readable output")
    .action(async ({ on = [], off = [], all = false, refresh = false, json = false }: Given) => {
      const names = (given: readonly string[]): readonly string[] =>
        given.flatMap((text) => text.split(",")).filter((name) => name !== "");
      const switches = { on: names(on), off: names(off) };
      const listing = await tandem.entities(async (desk) => {
        if (switches.on.length + switches.off.length > 0) await desk.switchEntities(switches);
        if (refresh) await desk.readMapAgain();
        return desk.entities(all);
      }, signal);
      write(json ? `${JSON.stringify(listing)}\n` : `${entitiesText(listing, all, now())}\n`);
    });
}

/** The tree, then the other ways to people, then what there is to know about the list itself. Pure. */
export function entitiesText(listing: EntityListing, all: boolean, now: Date): string {
  const { entities, readAt, trouble } = listing;
  const header = ["entity", "label", "state", "rows", "read access", "changes"];
  const tree = treeOf(entities).map(({ entity, depth }) => [
    `${"  ".repeat(depth)}${entity.entity}`,
    entity.label,
    stateText(entity),
    entity.table === null ? "" : integer(entity.rows),
    accessText(entity),
    entity.tracked ? "tracked" : "compared",
  ]);
  const [first = "", ...rows] = aligned([header, ...tree], new Set([3]));
  const notes = [
    ...entities.flatMap((entity) => pathLines(entity, all)),
    ...entities.flatMap(({ entity, trouble: why }) => (why === null ? [] : [`${entity}: ${why}`])),
    ...entities.flatMap(({ entity, state }) => (state === "stopping" ? [keptText(entity)] : [])),
    ...(all ? entities.flatMap(({ entity, noise }) => (noise === null ? [] : [`${entity}: ${noise}`])) : []),
  ];
  const parts = [[coloured("dim", first), ...rows].join("\n")];
  if (notes.length > 0) parts.push(notes.join("\n"));
  parts.push(ageText({ readAt, trouble }, now));
  return parts.join("\n\n");
}

interface Placed {
  readonly entity: ListedEntity;
  readonly depth: number;
}

/** Each entity once, under the one that its shortest path leads through, in the order given. */
function treeOf(entities: readonly ListedEntity[]): readonly Placed[] {
  const known = new Set(entities.map(({ entity }) => entity));
  const parentOf = ({ entity, paths: [path] }: ListedEntity): string => {
    const through = path?.[0]?.to ?? "";
    return known.has(through) && through !== entity ? through : "";
  };
  const children = Map.groupBy(entities, parentOf);
  const placed: Placed[] = [];
  const place = (parent: string, depth: number): void => {
    for (const entity of children.get(parent) ?? []) {
      placed.push({ entity, depth });
      place(entity.entity, depth + 1);
    }
  };
  place("", 0);
  return placed;
}

function stateText({ state }: ListedEntity): string {
  switch (state) {
    case "on":
      return coloured("green", "on");
    case "off":
      return coloured("dim", "off");
    case "set-aside":
      return coloured("yellow", "set aside");
    case "starting":
      return coloured("cyan", "on, begins now");
    case "stopping":
      return coloured("cyan", "off");
  }
}

function keptText(entity: string): string {
  return `${entity} is followed no longer; its table stays as it is. \`--on ${entity}\` goes on from here.`;
}

function accessText({ readable }: ListedEntity): string {
  if (readable === null) return "";
  return { all: "all", part: "some records", none: "none" }[readable];
}

/** How many ways of one entity are shown without `--all`. */
const MOST_WAYS = 6;

/** Where there is more than the tree can show. */
function pathLines({ entity, paths }: ListedEntity, all: boolean): readonly string[] {
  if (ROOTS.includes(entity) || paths.length < 2) return [];
  const shown = all ? paths : paths.slice(0, MOST_WAYS);
  const lines = shown.map((path) => `  ${pathText(entity, path)}`);
  const more = paths.length - shown.length;
  const rest = more === 0 ? [] : [`  and ${integer(more)} more, longer ones (--all shows them)`];
  return [`${entity} is related in ${integer(paths.length)} ways:`, ...lines, ...rest];
}

function ageText({ readAt, trouble }: Pick<EntityListing, "readAt" | "trouble">, now: Date): string {
  if (readAt === null && trouble === null) {
    return "Dynamics was not asked yet; a Tandem that runs does it with its next cycle.";
  }
  const age = readAt === null ? "" : `As Dynamics told it ${relative(readAt, now)}.`;
  return trouble === null ? age : `${age} The last try failed: ${trouble}`.trim();
}
