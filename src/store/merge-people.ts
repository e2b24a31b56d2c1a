/**
 * People of marketing become one, as `marketing.merge_people` does it.
 */
import { SyncError } from "../core/errors.ts";
import type { MergedPerson, PersonMerge } from "../core/person-desk.ts";
import type { Queryable, Workspace } from "./database.ts";
import { errorCode, quoted } from "./database.ts";
import { tableRefused } from "./refusal.ts";

/** @throws SyncError `configuration_invalid` with what is wrong in the wish, `table_refused` */
export async function mergePeople(
  client: Queryable,
  workspace: Workspace,
  { winner, losers }: PersonMerge,
): Promise<readonly MergedPerson[]> {
  try {
    const { rows } = await client.query<MergedPerson>(
      `select loser as person, in_dynamics as "inDynamics" from ${quoted(workspace.name)}.merge_people($1, $2)`,
      [winner, losers],
    );
    return rows;
  } catch (error) {
    if (error instanceof Error && SAID.has(errorCode(error) ?? "")) {
      throw new SyncError("configuration_invalid", error.message, { cause: error });
    }
    throw tableRefused(error, workspace, { table: "people", columns: [] });
  }
}

/** SQLSTATEs with which the function says in its own words what is wrong. */
const SAID: ReadonlySet<string> = new Set(["22023", "P0002", "55006"]);
