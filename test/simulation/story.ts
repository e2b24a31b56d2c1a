/**
 * The story of one person: how both sides looked each time something became different, and what had just happened.
 */
import type { Emulator } from "../../emulators/dataverse/emulator.ts";
import type { Database } from "../../src/store/database.ts";
import { FIELDS, MARK, OPT_OUTS } from "./ledger.ts";

/** Watches one person by their mark. */
export class Story {
  readonly lines: string[] = [];
  readonly #mark: string;
  readonly #database: Database;
  readonly #emulator: Emulator;
  #known: readonly string[] = [];

  constructor(mark: string, database: Database, emulator: Emulator) {
    this.#mark = mark;
    this.#database = database;
    this.#emulator = emulator;
  }

  /** @param happened what was done last */
  async look(happened: string): Promise<void> {
    const now = [...(await this.#marketing()), ...this.#dynamics()];
    const news = now.filter((line) => !this.#known.includes(line));
    const past = this.#known.filter((line) => !now.some((other) => sameSubject(line, other)));
    if (news.length + past.length > 0) {
      this.lines.push(happened.length > 300 ? `${happened.slice(0, 300)}…` : happened);
      this.lines.push(...news.map((line) => `    ${line}`), ...past.map((line) => `    gone: ${line}`));
    }
    this.#known = now;
  }

  async #marketing(): Promise<readonly string[]> {
    const columns = [...FIELDS, OPT_OUTS.always, OPT_OUTS.either].map(
      ({ column }) => `'${column}', ${column}`,
    );
    const { rows } = await this.#database.pool.query<{ line: string }>(
      `select 'marketing row ' || p.id || ': ' || coalesce(crm_type || ' ' || crm_id, 'of marketing alone')
              || case when crm_deleted then ', flagged as deleted' else '' end
              || ', ' || jsonb_strip_nulls(jsonb_build_object(${columns.join(", ")}))::text
              || coalesce((select ', pending, before: ' || agreed::text || case when sent <> '{}' then ', sent: ' || sent::text else '' end
                             || coalesce(', parked: ' || c.parked::text, '')
                             from pending_changes c where c.row_id = p.id and c.table_name = 'people'), '')
              || coalesce((select ', asked for: ' || state from sync_requests r
                            where r.row_id = p.id and r.state <> 'done' order by r.id limit 1), '') as line
         from marketing.people p where ${MARK.column} = $1 order by p.id`,
      [this.#mark],
    );
    return rows.map(({ line }) => line);
  }

  #dynamics(): readonly string[] {
    const { store } = this.#emulator;
    return (["lead", "contact"] as const).flatMap((kind) =>
      store.ids(kind).flatMap((id) => {
        const record = store.get(kind, id) ?? {};
        if (record[MARK.attribute] !== this.#mark) return [];
        const names = [...FIELDS, OPT_OUTS.always, OPT_OUTS.either].map(({ attribute }) => attribute);
        const shown = ["statecode", "merged", ...names].flatMap((name) =>
          record[name] === undefined || record[name] === false
            ? []
            : [`${name} ${JSON.stringify(record[name])}`],
        );
        return [`Dynamics ${kind} ${id}: ${shown.join(", ")}`];
      }),
    );
  }
}

/** The first three words of a line say whom it is about. */
function sameSubject(one: string, other: string): boolean {
  const subject = (line: string): string => line.split(" ", 3).join(" ").replace(/:$/u, "");
  return subject(one) === subject(other);
}
