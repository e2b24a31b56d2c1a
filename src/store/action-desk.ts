/**
 * Where people ask for actions on others, and see how those stand.
 */
import { DatabaseError } from "pg";
import type {
  ActionFilter,
  Asking,
  AskingAnswer,
  Concerned,
  ListedAction,
  Wish,
} from "../core/action-desk.ts";
import { SyncError } from "../core/errors.ts";
import { conditionsSql, unknownColumn } from "./conditions.ts";
import type { Database, Queryable, Workspace } from "./database.ts";
import { errorCode, marketingTable, transaction } from "./database.ts";
import { PEOPLE, UNLINKED } from "./requests.ts";

/** As `ActionDesk.ask` promises. */
export async function askActions(
  database: Database,
  asking: Asking,
  origin: "api" | "cli",
): Promise<AskingAnswer> {
  try {
    return await transaction(database, async (client) => {
      const people = await readConcerned(client, database.workspace, asking);
      if (asking.dry) return { kind: "counted", people: people.length };
      if (people.length > asking.most) return { kind: "too-many", people: people.length };
      await fileWish(client, { people, wish: asking.wish, origin });
      return { kind: "asked", people: people.length };
    });
  } catch (error) {
    return refusalOf(error, asking.concerned);
  }
}

/** @throws what is not about the wish */
function refusalOf(error: unknown, concerned: Concerned): AskingAnswer {
  const code = errorCode(error);
  if (code === NOT_CONNECTED || code === NO_TABLE) {
    throw new SyncError(
      "configuration_invalid",
      "No organization is connected yet: `tandem connect` does that.",
    );
  }
  if (!(error instanceof DatabaseError) || code === undefined || !OF_THE_WISH.test(code)) throw error;
  const unknown = "when" in concerned ? unknownColumn(error, concerned.when) : null;
  return { kind: "refused", detail: unknown ?? error.message, missing: code === NO_PERSON };
}

/** `no_data_found`, `object_not_in_prerequisite_state`, `undefined_table` */
const [NO_PERSON, NOT_CONNECTED, NO_TABLE] = ["P0002", "55000", "42P01"];

/** Beside them: a value that is none of its type, a column that is not there, a comparison that makes no sense. */
const OF_THE_WISH = /^(P0002|22\w{3}|42703|42883|42804)$/;

/** People by number; those of conditions are those to whom the wish can apply. */
async function readConcerned(
  client: Queryable,
  workspace: Workspace,
  { concerned, wish }: { readonly concerned: Concerned; readonly wish: Wish },
): Promise<readonly string[]> {
  if ("people" in concerned) return [...new Set(concerned.people)];
  const { sql, values } = conditionsSql(concerned.when, 1);
  const { rows } = await client.query<{ id: string }>(
    `select t.id from ${marketingTable(workspace, PEOPLE)} t where ${APPLIES[wish.kind]} and ${sql} order by t.id`,
    [...values],
  );
  return rows.map(({ id }) => id);
}

const APPLIES: Readonly<Record<Wish["kind"], string>> = {
  sync: UNLINKED,
  // Whom somebody has deleted in Dynamics is not made anew for them.
  owner: "not t.crm_deleted",
  task: "not t.crm_deleted",
  delete: `not ${UNLINKED}`,
};

interface FiledWish {
  readonly people: readonly string[];
  readonly wish: Wish;
  readonly origin: "api" | "cli";
}

async function fileWish(client: Queryable, { people, wish, origin }: FiledWish): Promise<void> {
  if (wish.kind === "sync") {
    await client.query("select file_request(id, $2, $3, $4) from unnest($1::bigint[]) as p(id)", [
      people,
      wish.as,
      wish.owner,
      origin,
    ]);
    return;
  }
  const { kind, ...rest } = wish;
  await client.query(
    "select count(*) from file_actions($1::bigint[], $2, $3::jsonb || due_of($3::jsonb), $4)",
    [people, kind, JSON.stringify(rest), origin],
  );
}

/** As `ActionDesk.actions` promises. */
export async function listActions(
  client: Queryable,
  workspace: Workspace,
  { state, kind, person, limit }: ActionFilter,
): Promise<readonly ListedAction[]> {
  const { rows } = await client.query<Row>(
    `select id, person, kind, origin, rule, state, outcome, code, detail, record_id as "recordId",
            requested_at as "requestedAt", finished_at as "finishedAt"
       from ${marketingTable(workspace, "actions")}
      where ($1::text is null or state = $1 or ($1 = 'open' and state <> 'done'))
        and ($2::text is null or kind = $2) and ($3::bigint is null or person = $3)
      order by requested_at desc, id desc limit $4`,
    [state ?? null, kind ?? null, person ?? null, limit],
  );
  return rows.map(({ requestedAt, finishedAt, ...row }) => ({
    ...row,
    requestedAt: requestedAt.toISOString(),
    finishedAt: finishedAt?.toISOString() ?? null,
  }));
}

type Row = Omit<ListedAction, "requestedAt" | "finishedAt"> & {
  readonly requestedAt: Date;
  readonly finishedAt: Date | null;
};
