/**
 * Where people ask for others to be synced, look at those who could be several, and decide.
 */
import type { Candidate } from "../core/candidates.ts";
import { SyncError } from "../core/errors.ts";
import type {
  DecisionAnswer,
  Filing,
  FilingAnswer,
  ListedMatch,
  MatchDecision,
  RequestStatus,
} from "../core/person-desk.ts";
import type { PersonEntity } from "../core/request-port.ts";
import type { Database, Queryable, Workspace } from "./database.ts";
import { errorCode, marketingTable, transaction } from "./database.ts";
import { foldMatch } from "./fold-match.ts";
import { PEOPLE } from "./requests.ts";

/**
 * Files a request that a person be synced. Asking again changes nothing, but lets one that was refused be tried again.
 * Null when there is no such person.
 * @throws SyncError `configuration_invalid` when no organization is connected yet
 */
export async function fileRequest(
  client: Queryable,
  { person, as, owner, origin }: Filing & { readonly origin: "api" | "cli" },
): Promise<FilingAnswer | null> {
  try {
    const { rows } = await client.query<{ answer: FilingAnswer }>(
      "select request_person($1, $2, $3, $4) as answer",
      [person, as, owner, origin],
    );
    return rows[0]?.answer ?? null;
  } catch (error) {
    if (errorCode(error) === NO_PERSON) return null;
    if (errorCode(error) !== NOT_CONNECTED && errorCode(error) !== NO_TABLE) throw error;
    throw new SyncError(
      "configuration_invalid",
      "No organization is connected yet: `tandem connect` does that.",
    );
  }
}

/** `no_data_found`, `object_not_in_prerequisite_state`, `undefined_table` */
const [NO_PERSON, NOT_CONNECTED, NO_TABLE] = ["P0002", "55000", "42P01"];

/** How the newest request of a person stands; null where nobody ever asked. */
export async function readRequestStatus(
  client: Queryable,
  workspace: Workspace,
  person: string,
): Promise<RequestStatus | null> {
  const { rows } = await client.query<Omit<RequestStatus, "requestedAt"> & { readonly requestedAt: Date }>(
    `select r.row_id as person, r.wanted_as as "as", r.state, r.outcome, t.crm_id as "crmId", r.code, r.field, r.detail,
            r.requested_at as "requestedAt"
       from sync_requests r left join ${marketingTable(workspace, PEOPLE)} t on t.id = r.row_id
      where r.row_id = $1 and r.origin <> 'pull'
      order by r.id desc limit 1`,
    [person],
  );
  const [row] = rows;
  return row === undefined ? null : { ...row, requestedAt: row.requestedAt.toISOString() };
}

/** All that wait for a decision, oldest first. */
export async function listMatches(client: Queryable, workspace: Workspace): Promise<readonly ListedMatch[]> {
  const { rows } = await client.query<Omit<ListedMatch, "since"> & { readonly since: Date }>(
    `select r.id, r.row_id as person, r.wanted_as as "as", r.candidates, r.requested_at as since,
            nullif(concat_ws(' ', p.facts ->> 'first_name', p.facts ->> 'last_name'), '') as name,
            p.facts ->> 'email' as email
       from sync_requests r
       join (select id, to_jsonb(t) as facts from ${marketingTable(workspace, PEOPLE)} t) p on p.id = r.row_id
      where r.state = 'waiting'
      order by r.requested_at, r.id`,
  );
  return rows.map((row) => ({ ...row, since: row.since.toISOString() }));
}

/** Decides a match. Null when there is no such match to decide. */
export async function decideMatch(
  database: Database,
  { id, record }: MatchDecision,
): Promise<DecisionAnswer | null> {
  return transaction(database, async (client) => {
    const { rows } = await client.query<WaitingRow>(
      `select id, row_id, connection_id, wanted_as, candidates from sync_requests
        where id = $1 and state = 'waiting' for update`,
      [id],
    );
    const [waiting] = rows;
    if (waiting === undefined) return null;
    if (record === null) return decideNew(client, waiting);
    const candidate = waiting.candidates.find((one) => one.id === record);
    if (candidate === undefined) return "no candidate";
    const folding = { connectionId: waiting.connection_id, goes: waiting.row_id, record: candidate };
    if (await foldMatch(client, database.workspace, folding)) {
      await close(client, id, "linked");
      return "merged";
    }
    await client.query(
      `update sync_requests
          set state = 'queued', decided = 'with', chosen_id = $2, chosen_entity = $3, changed_at = now()
        where id = $1`,
      [id, candidate.id, candidate.entity],
    );
    return "queued";
  });
}

interface WaitingRow {
  readonly id: string;
  readonly row_id: string;
  readonly connection_id: number;
  readonly wanted_as: PersonEntity | null;
  readonly candidates: readonly Candidate[];
}

async function decideNew(client: Queryable, { id, wanted_as }: WaitingRow): Promise<DecisionAnswer> {
  if (wanted_as === null) {
    await close(client, id, "kept-apart");
    return "kept apart";
  }
  await client.query(
    "update sync_requests set state = 'queued', decided = 'new', changed_at = now() where id = $1",
    [id],
  );
  return "queued";
}

async function close(client: Queryable, id: string, outcome: "linked" | "kept-apart"): Promise<void> {
  await client.query(
    `update sync_requests set state = 'done', outcome = $2, code = null, detail = null, changed_at = now()
      where id = $1`,
    [id, outcome],
  );
}
