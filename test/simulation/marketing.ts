/**
 * What marketers and admins do, in SQL of their own or by the functions that commands use.
 */
import type { Database } from "../../src/store/database.ts";
import { transaction } from "../../src/store/database.ts";
import { switchFields } from "../../src/store/fields.ts";
import { setPolicy } from "../../src/store/policies.ts";
import type { Ledger, SharedField } from "./ledger.ts";
import { MARK, UNMAPPED, fieldAt } from "./ledger.ts";
import type { Kind, Step } from "./steps.ts";

interface Person {
  readonly id: string;
  readonly mark: string;
  /** The lead that the row stands for, where it stands for one. */
  readonly lead: string | null;
}

export class Marketers {
  readonly #database: Database;
  readonly #ledger: Ledger;

  constructor(database: Database, ledger: Ledger) {
    this.#database = database;
    this.#ledger = ledger;
  }

  async write(who: number, field: SharedField, value: string | boolean | null): Promise<string> {
    const person = await this.#pick(who);
    if (person === undefined) return "nobody";
    this.#ledger.note(person.mark, field, "marketing", value);
    await this.#run(`update marketing.people set ${field.column} = $2 where id = $1`, [person.id, value]);
    return `person ${person.id}`;
  }

  async add({ mark, as, mail }: Extract<Step, { do: "add" }>): Promise<string> {
    const note = `of ${mark}`;
    const { rows } = await this.#database.pool.query<{ id: string }>(
      `insert into marketing.people (first_name, last_name, ${MARK.column}, email, topic, ${UNMAPPED.column})
       values ('Bob', $1, $1, $2, 'Interested', $3) returning id`,
      [mark, mail ? `${mark.toLowerCase()}@example.com` : null, note],
    );
    const id = rows[0]?.id ?? "";
    this.#ledger.unmapped.set(mark, note);
    if (as !== null) await this.#ask(id, as);
    return `person ${id}`;
  }

  async ask(who: number, as: Kind): Promise<string> {
    const person = await this.#pick(who);
    if (person === undefined) return "nobody";
    return `person ${person.id}: ${await this.#ask(person.id, as)}`;
  }

  async remove(who: number): Promise<string> {
    const person = await this.#pick(who);
    if (person === undefined) return "nobody";
    this.#ledger.tell(person.mark, "row-deleted");
    await this.#run("delete from marketing.people where id = $1", [person.id]);
    return `person ${person.id}`;
  }

  async switchField(entity: Kind, at: number, on: boolean): Promise<string> {
    const { attribute, column } = fieldAt(at);
    if (!on) this.#ledger.switched.add(column);
    const wish = { entity, on: on ? [attribute] : [], off: on ? [] : [attribute] };
    await transaction(this.#database, (client) => switchFields(client, wish));
    return attribute;
  }

  async setWinner(entity: Kind, winner: "dynamics" | "marketing"): Promise<void> {
    await transaction(this.#database, (client) => setPolicy(client, { entity, winner }));
  }

  async #ask(id: string, as: Kind): Promise<string> {
    const { rows } = await this.#database.pool.query<{ answer: string }>(
      "select marketing.sync_person($1, $2) as answer",
      [id, as],
    );
    return rows[0]?.answer ?? "";
  }

  async #pick(who: number): Promise<Person | undefined> {
    const { rows } = await this.#database.pool.query<Person>(
      `select id, coalesce(${MARK.column}, '') as mark,
              case when crm_type = 'lead' then crm_id::text end as lead from marketing.people order by id`,
    );
    return rows[who % Math.max(rows.length, 1)];
  }

  async #run(sql: string, values: readonly unknown[]): Promise<void> {
    await this.#database.pool.query(sql, [...values]);
  }
}
