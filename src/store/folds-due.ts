/**
 * Which people are to become one.
 */
import type { Move } from "../core/life-plan.ts";
import type { Pair } from "../core/fold-rounds.ts";
import type { StoredEntity } from "../core/store-port.ts";
import type { Queryable } from "./database.ts";

/** Both as ids of records; of the loser's record its entity as well. */
export interface DueFold extends Pair {
  readonly loserEntity: number;
  readonly loserEntityName: string;
  readonly winnerEntity: number;
  readonly kind: Move["kind"];
}

/**
 * Moves into the entity's records, or through them into those of another, that can be made now: the person at the end
 * of the way is known. Those whose record changed last come first, so that the order does not depend on how they were
 * told.
 */
export async function readDueFolds(client: Queryable, { id }: StoredEntity): Promise<readonly DueFold[]> {
  const { rows } = await client.query<DueFold>(
    `with recursive way as (
       select entity_id, crm_id, kind, to_entity_id, to_crm_id, 1 as steps
         from moves where to_entity_id = $1 and state <> 'd'
       union all
       select w.entity_id, w.crm_id, w.kind, m.to_entity_id, m.to_crm_id, w.steps + 1
         from way w join moves m on m.entity_id = w.to_entity_id and m.crm_id = w.to_crm_id and m.state = 'd'
        where w.steps < 100
     )
     select w.crm_id as loser, w.entity_id as "loserEntity", e.name as "loserEntityName",
            w.to_crm_id as winner, w.to_entity_id as "winnerEntity", w.kind
       from way w
       join links l on l.entity_id = w.entity_id and l.crm_id = w.crm_id
       join entities e on e.id = w.entity_id
       join links t on t.entity_id = w.to_entity_id and t.crm_id = w.to_crm_id and t.state in ('l', 'd')
      order by l.version desc, w.crm_id`,
    [id],
  );
  return rows;
}

/** Links of what lost a merge before it was ever seen get the winner's row, once there is one. */
export async function nameWinners(client: Queryable, { id }: StoredEntity): Promise<void> {
  await client.query(
    `update links l set row_id = w.row_id
       from moves m join links w on w.entity_id = m.to_entity_id and w.crm_id = m.to_crm_id and w.row_id > 0
      where l.entity_id = $1 and l.state = 'm' and l.row_id = 0
        and m.entity_id = l.entity_id and m.crm_id = l.crm_id`,
    [id],
  );
}

/** What could not be made waits until the other person is known; edits of those who wait travel meanwhile. */
export async function letWait(client: Queryable, { id }: StoredEntity): Promise<void> {
  await client.query("update moves set state = 'w' where to_entity_id = $1 and state = 'n'", [id]);
}
