/**
 * The lives of people, as a page's transaction changes them.
 */
import type pg from "pg";
import type { RecordEffects } from "../core/store-port.ts";
import { adoptRows } from "./adopt.ts";
import { leaveOut } from "./exits.ts";
import { followLeads } from "./follow.ts";
import { linkMoved, noteHeirs, noteMoves } from "./moves.ts";
import type { RowPlace } from "./row-place.ts";

/**
 * Before rows are written: contacts take over the rows of the leads they were made from. Returns the effects with
 * these contacts among those whose rows are updated.
 */
export async function withAdopted<T extends RecordEffects>(
  client: pg.ClientBase,
  place: RowPlace,
  effects: T,
): Promise<T> {
  const { plan } = effects;
  const { adopts } = plan.life;
  if (adopts.length === 0) return effects;
  await adoptRows(client, place, adopts);
  return { ...effects, plan: { ...plan, updates: [...plan.updates, ...adopts.map(({ row }) => row)] } };
}

/** After rows were written: who stands for nobody of their own, and what was said about it. */
export async function settleLives(
  client: pg.ClientBase,
  place: RowPlace,
  { plan, filterExit }: Pick<RecordEffects, "plan" | "filterExit">,
): Promise<void> {
  const { creates, updates, life } = plan;
  await linkMoved(client, place, life.moved);
  await noteMoves(client, place, life.moves);
  await noteHeirs(client, place, [...creates, ...updates], life.heirs);
  await followLeads(client, place, life.follows);
  await leaveOut(client, place, life.exits, filterExit);
}
