/**
 * Simulated marketers of the demo: they edit people with SQL, as anybody may, so that there is something to watch on
 * the way to Dynamics.
 */
import type { Database } from "../store/database.ts";
import { marketingTable } from "../store/database.ts";

export interface Marketers {
  stop(): Promise<void>;
}

/** As many as the eye follows. */
const EDIT_EVERY_MS = 2_000;

const EDITS = [
  "job_title = 'Head of ' || coalesce(nullif(split_part(company_name, ' ', 1), ''), 'Sales')",
  "do_not_call = not coalesce(do_not_call, false)",
  "notes = 'Met at the fair on ' || to_char(now(), 'DD Mon HH24:MI:SS')",
  "phone = '+44 20 7946 0' || lpad((random() * 999)::int::text, 3, '0')",
  "score = coalesce(score, 0) + 5, last_interesting_moment_at = now(), last_interesting_moment_type = 'Web', " +
    "last_interesting_moment_source = 'Website', last_interesting_moment_description = 'Read the price list'",
] as const;

/**
 * Lets them work until they are stopped. People are picked by chance among those who are in Dynamics; before the first
 * page has arrived there is nobody to edit, and nothing happens.
 * @param chance a number in [0, 1)
 */
export function startMarketers({ pool, workspace }: Database, chance: () => number): Marketers {
  const table = marketingTable(workspace, "people");
  let turn = 0;
  let editing: Promise<unknown> = Promise.resolve();
  const edit = async (): Promise<void> => {
    const change = EDITS[turn % EDITS.length] ?? EDITS[0];
    turn += 1;
    await pool
      .query(
        `update ${table} set ${change}, updated_at = now()
          where id = (select id from ${table}
                       where id >= $1::float8 * (select max(id) from ${table}) and crm_id is not null and not crm_deleted
                       order by id limit 1)`,
        [chance()],
      )
      // A table that is not there yet, or a server that is away: the next one will do.
      .catch(() => undefined);
  };
  const clock = setInterval(() => {
    editing = editing.then(edit);
  }, EDIT_EVERY_MS);
  return {
    async stop() {
      clearInterval(clock);
      await editing;
    },
  };
}
