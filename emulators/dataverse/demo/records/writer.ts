import type { Lookup, WireRecord } from "../../record.ts";
import { between, instant } from "../moments.ts";
import { at } from "../random.ts";
import type { Random } from "../random.ts";
import type { Draft, Shape } from "../shape.ts";
import { FIXED, FROZEN_AT } from "../world.ts";
import type { World } from "../world.ts";

/**
 * Makes one record of an entity from its number, as the organization's schema allows it. Columns that the service
 * computes (full name, base amounts, owning user and team) are left to it.
 */
export type Writer = (world: World, shape: Shape, index: number) => WireRecord;

/** Something rare but allowed, laid over an ordinary record. */
export type Edge = (draft: Draft, shape: Shape, random: Random) => Draft;

const EDGE_EVERY = 89;

/** Every 89th record is an edge case, each kind in turn. */
export function withEdge(edges: readonly Edge[], index: number): Edge {
  const turn = (index - 7) / EDGE_EVERY;
  return Number.isInteger(turn) && turn >= 0 ? at(edges, turn % edges.length) : (draft) => draft;
}

/** When and by whom a record was made and last changed. A fifth is made by the application user. */
export function history(world: World, random: Random, born: number, changed = born): Draft {
  const author = random.chance(0.2) ? 0 : random.whole(1, FIXED.users - 1);
  return {
    createdon: instant(born),
    createdby: world.user(author),
    modifiedon: instant(random.chance(0.3) ? changed : between(random, changed, FROZEN_AT)),
    modifiedby: world.user(random.chance(0.6) ? author : random.whole(0, FIXED.users - 1)),
  };
}

/** A user who is not the application user, or, in one case of six, a team. Disabled users keep what they owned. */
export function owner(world: World, random: Random): Lookup {
  return random.chance(1 / 6)
    ? world.team(random.whole(0, FIXED.teams - 1))
    : world.user(random.whole(1, FIXED.users - 1));
}

/** State and status reason as a valid pair. */
export function status(shape: Shape, random: Random, state: number): Draft {
  return { statecode: state, statuscode: shape.status(random, state) };
}

/** The wishes of a person about being contacted. Most have none. */
export function wishes(random: Random): Draft {
  return {
    donotemail: random.chance(0.03),
    donotbulkemail: random.chance(0.12),
    donotphone: random.chance(0.06),
    donotfax: random.chance(0.04),
    donotpostalmail: random.chance(0.05),
    donotsendmm: random.chance(0.07),
    followemail: random.chance(0.9),
  };
}
