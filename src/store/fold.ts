/**
 * Two people become one: Dynamics merged their records. The row of the loser's goes; what it knew and what referred to
 * it is the winner's.
 */
import type pg from "pg";
import { DatabaseError } from "pg";
import type { FoldRules } from "../core/fold.ts";
import { roundsOf } from "../core/fold-rounds.ts";
import type { StoredEntity } from "../core/store-port.ts";
import { readEntities } from "./entities.ts";
import { readFoldColumns } from "./fold-columns.ts";
import type { PlannedFold } from "./fold-plan.ts";
import { mergedActivity, planFolds } from "./fold-plan.ts";
import type { Follower } from "./fold-rows.ts";
import { closeMoves, foldRows, readFollowers } from "./fold-rows.ts";
import type { DueFold } from "./folds-due.ts";
import { letWait, nameWinners, readDueFolds } from "./folds-due.ts";
import { recordActivities } from "./activities.ts";
import { isolate } from "./isolate.ts";
import { park } from "./parked.ts";
import { isRefusal, refusalOf } from "./refusal.ts";
import type { RowPlace } from "./row-place.ts";
import { attempt } from "./savepoint.ts";

/** How many people are folded with one set of statements: their rows are in memory meanwhile. */
const AT_ONCE = 500;

/**
 * Folds everybody who lost a merge, and whose winner is known, into the winner's row; the others wait. Of each the
 * history tells all that the row held. Rows that something else in the database holds on to stay, and are parked with
 * the reason; they are tried again with the next walk that brings something. Returns how many rows went.
 */
export async function foldPersons(client: pg.ClientBase, place: RowPlace): Promise<number> {
  const due = await readDueFolds(client, place.entity);
  const folded = due.length === 0 ? 0 : await foldAll(client, place, due);
  await letWait(client, place.entity);
  await nameWinners(client, place.entity);
  return folded;
}

async function foldAll(client: pg.ClientBase, place: RowPlace, due: readonly DueFold[]): Promise<number> {
  const followers = await readFollowers(client, place.table);
  const stored = await readEntities(client, place.connectionId);
  const entities = new Map(stored.map((entity) => [entity.id, entity]));
  let folded = 0;
  for (const round of roundsOf(due)) {
    for (const [winnerEntity, folds] of Map.groupBy(round, (fold) => fold.winnerEntity)) {
      const entity = entities.get(winnerEntity) ?? place.entity;
      const columns = await readFoldColumns(client, place.table, entity.mapping);
      const rules = { entity: entity.mapping.entity, columns };
      folded += await foldRound(client, { place, entity, entities, followers, rules }, folds);
    }
  }
  return folded;
}

/** What the folds into one entity's rows have in common. */
interface Writing {
  readonly place: RowPlace;
  readonly entity: StoredEntity;
  readonly entities: ReadonlyMap<number, StoredEntity>;
  readonly followers: readonly Follower[];
  readonly rules: FoldRules;
}

async function foldRound(
  client: pg.ClientBase,
  writing: Writing,
  folds: readonly DueFold[],
): Promise<number> {
  let folded = 0;
  for (let from = 0; from < folds.length; from += AT_ONCE) {
    folded += await foldSafely(client, writing, folds.slice(from, from + AT_ONCE));
  }
  return folded;
}

/** Folds what can be folded, and parks what the database does not let go. */
async function foldSafely(
  client: pg.ClientBase,
  writing: Writing,
  folds: readonly DueFold[],
): Promise<number> {
  const planned = await planFolds(client, writing, folds);
  const failure = await attempt(client, isHeldFast, () => foldRows(client, { ...writing, folds: planned }));
  if (failure === null) return finish(client, writing, planned);
  const refused = await refusedFolds(client, writing, planned);
  const rest = planned.filter(({ fold }) => !refused.has(fold));
  await foldRows(client, { ...writing, folds: rest });
  for (const [fold, detail] of refused) {
    const entity = writing.entities.get(fold.loserEntity);
    if (entity === undefined) continue;
    const code = "value_unstorable";
    await park(client, entity, [{ id: fold.loser, code, field: null, detail: `${NOT_FOLDED} ${detail}` }]);
  }
  return finish(client, writing, rest);
}

/** Tells of what was folded, and remembers that it is. Returns how many rows went. */
async function finish(
  client: pg.ClientBase,
  { place, entity }: Writing,
  planned: readonly PlannedFold[],
): Promise<number> {
  await closeMoves(client, planned);
  const gone = planned.filter(({ loserRow }) => loserRow !== null);
  await recordActivities(client, place, { ...place, entity, cycle: null }, gone.map(mergedActivity));
  return gone.length;
}

const NOT_FOLDED = "It lost a merge in Dynamics, and its row cannot go.";

async function refusedFolds(
  client: pg.ClientBase,
  writing: Writing,
  planned: readonly PlannedFold[],
): Promise<ReadonlyMap<DueFold, string>> {
  const details = new Map<DueFold, string>();
  const probe = async (some: readonly PlannedFold[]): Promise<boolean> => {
    const end = await attempt(client, isTrialsEnd, async () => {
      await foldRows(client, { ...writing, folds: some });
      throw new Undone();
    });
    if (!(end instanceof DatabaseError)) return true;
    for (const { fold } of some) details.set(fold, refusalOf(end, []));
    return false;
  };
  const refused = await isolate(planned, probe);
  return new Map(refused.map(({ fold }) => [fold, details.get(fold) ?? ""]));
}

/** Ends a trial without effect. */
class Undone extends Error {}

function isTrialsEnd(error: unknown): error is DatabaseError | Undone {
  return error instanceof Undone || isHeldFast(error);
}

/** True for what other tables, or rules of the table, do not let happen to single rows. */
function isHeldFast(error: unknown): error is DatabaseError {
  return isRefusal(error) || (error instanceof DatabaseError && error.code === NO_RIGHT);
}

/** `insufficient_privilege` */
const NO_RIGHT = "42501";
