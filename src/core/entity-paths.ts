/**
 * How entities are related, at any depth: all paths along references, in either direction. Pure.
 */
import type { Reference } from "./entity-map.ts";

/** One step of a path, seen from where it comes from. */
export interface Hop {
  /** Entity that the step leads to. */
  readonly to: string;
  /** The lookup that it follows. */
  readonly attribute: string;
  /** `up`: from the record that refers to the one it refers to. `down`: to the records that refer to this one. */
  readonly way: "up" | "down";
}

/** From an entity to where its path ends, a hop at a time. */
export type Path = readonly Hop[];

export interface PathRules {
  /** Where paths end. */
  readonly ends: readonly string[];
  /** Entities that no path leads through. */
  readonly closed: ReadonlySet<string>;
  /** Entities whose rows are pairs: to step into one and out again is one step for people. */
  readonly relations: ReadonlySet<string>;
  /** Paths of one entity at most, the shortest ones. */
  readonly most: number;
}

/**
 * The paths of every entity that has one, the shortest first. No path meets an entity twice. Entities come in order of
 * their distance.
 */
export function pathsToEnds(
  references: readonly Reference[],
  rules: PathRules,
): ReadonlyMap<string, readonly Path[]> {
  const hops = hopsInto(references);
  const beginnings = aboutAnything(references);
  const found = new Map<string, Path[]>();
  let round: readonly Trail[] = rules.ends.map((end) => ({ from: end, path: [], met: new Set([end]) }));
  while (round.length > 0) {
    round = round
      .filter(({ from, path }) => path.length === 0 || !beginnings.has(from))
      .flatMap((trail) =>
        (hops.get(trail.from) ?? []).flatMap((step) => lengthened(trail, step, rules, found)),
      );
  }
  return found;
}

/** The trail with a step before it, noted among those found; none where the rules end it. */
function lengthened(
  trail: Trail,
  { from, hop }: Step,
  rules: PathRules,
  found: Map<string, Path[]>,
): readonly Trail[] {
  const { ends, closed, most } = rules;
  if (trail.met.has(from) || ends.includes(from) || closed.has(from)) return [];
  const paths = found.get(from) ?? [];
  if (paths.length >= most || !mayLead(hop, trail, rules)) return [];
  const path = [hop, ...trail.path];
  paths.push(path);
  found.set(from, paths);
  return [{ from, path, met: new Set([...trail.met, from]) }];
}

/** A path from `from` to an end, found from its end. */
interface Trail {
  readonly from: string;
  readonly path: Path;
  readonly met: ReadonlySet<string>;
}

/**
 * Whether a path may go on from a record as it does. One lookup refers to one record: a path that comes in by it leads
 * nowhere else by it. And a record of Dynamics' own tables (a company, a campaign, a product) is shared by too many: that
 * two others have the same one makes neither part of the other. From there a path goes down to its people and relations.
 */
function mayLead(hop: Hop, { path }: Trail, { ends, relations }: PathRules): boolean {
  const [next] = path;
  if (next === undefined || next.way === hop.way) return true;
  if (hop.way === "down") return next.attribute !== hop.attribute;
  return hasPublisher(hop.to) || ends.includes(next.to) || relations.has(next.to);
}

/** Names of tables that somebody made have the publisher's prefix; those of Dynamics itself have none. */
function hasPublisher(entity: string): boolean {
  return entity.includes("_");
}

/** So many kinds of records a lookup refers to that its rows are about anything: a note, a task, a connection. */
const ANYTHING = 8;

/** Entities whose rows can be about anything: a path may begin there, and never leads through. */
function aboutAnything(references: readonly Reference[]): ReadonlySet<string> {
  const targets = Map.groupBy(references, ({ entity, attribute }) => `${entity} ${attribute}`);
  const wide = [...targets.values()].filter((same) => {
    return new Set(same.map(({ target }) => target)).size > ANYTHING;
  });
  return new Set(wide.flatMap(([first]) => (first === undefined ? [] : [first.entity])));
}

interface Step {
  readonly from: string;
  readonly hop: Hop;
}

/** By the entity they lead to: every step there is, once, however many relationships say so. */
function hopsInto(references: readonly Reference[]): ReadonlyMap<string, readonly Step[]> {
  const known = new Map(
    references.map((reference) => {
      const { entity, attribute, target } = reference;
      return [`${entity} ${attribute} ${target}`, reference];
    }),
  );
  const steps = [...known.values()].flatMap(({ entity, attribute, target }): Step[] => {
    if (entity === target) return [];
    return [
      { from: entity, hop: { to: target, attribute, way: "up" } },
      { from: target, hop: { to: entity, attribute, way: "down" } },
    ];
  });
  return Map.groupBy(steps, ({ hop }) => hop.to);
}

/**
 * A path in one line, from its end: `contact ← new_registration [new_contactid] → new_session [new_sessionid]`. An arrow
 * points from what refers to what is referred to; the lookup that it stands for is in brackets.
 */
export function pathText(entity: string, path: Path): string {
  const stations = [entity, ...path.map(({ to }) => to)];
  const steps = path.map(({ attribute, way }, at) => {
    return ` ${way === "up" ? "←" : "→"} ${stations[at] ?? entity} [${attribute}]`;
  });
  return [stations.at(-1) ?? entity, ...steps.toReversed()].join("");
}
