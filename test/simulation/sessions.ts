/**
 * A worker's way to the database: each transaction, and each statement without one, waits for the scheduler. What it
 * commits is watched: whoever writes must hold the newest claim.
 */
import type pg from "pg";
import type { Database } from "../../src/store/database.ts";
import type { Actor, Call, Fate, Scheduler, Told } from "./scheduler.ts";

export interface SessionParts {
  readonly database: Database;
  readonly scheduler: Scheduler;
  readonly actor: Actor;
  /** What the worker is about to do with the database, in a word or two. */
  readonly label: () => string;
  /** The worker wrote without the newest claim. */
  readonly onStale: (label: string) => void;
  /** What becomes of each statement, where a fault is planted. */
  readonly rewrite?: ((text: string) => string) | undefined;
}

/** The database as one worker sees it. */
export function gatedDatabase(parts: SessionParts): Database {
  const claims = { epoch: null as string | null };
  const pool = {
    connect: () => begin(parts, claims),
    query: (text: Sql, values?: unknown[]) => single(parts, claims, { text, values }),
  };
  return { ...parts.database, pool: pool as unknown as pg.Pool };
}

interface Claims {
  /** Of the worker's last claim. */
  epoch: string | null;
}

/** As node-postgres takes it. */
type Sql = string | { readonly text: string };

interface Statement {
  readonly text: Sql;
  readonly values: unknown[] | undefined;
}

function single(parts: SessionParts, claims: Claims, { text, values }: Statement): Promise<pg.QueryResult> {
  const { scheduler, database, actor } = parts;
  const { promise, resolve, reject } = Promise.withResolvers<pg.QueryResult>();
  const call: Call = {
    by: actor,
    to: "database",
    label: parts.label(),
    async carryOut(fate) {
      if (fate.kind === "dies") {
        actor.alive = false;
        return { said: "the process ends before it" };
      }
      if (fate.kind === "lost-before") {
        reject(gone());
        return { said: "no connection" };
      }
      const result = await database.pool.query(rewritten(parts, text), values).catch((error: unknown) => {
        reject(error);
      });
      if (result === undefined) return { said: "refused" };
      noteClaim(claims, textOf(text), result);
      if (fate.kind === "lost-after") reject(gone());
      else resolve(result);
      return { said: `${result.rowCount ?? 0} rows` };
    },
  };
  scheduler.ask(call);
  return promise;
}

function begin(parts: SessionParts, claims: Claims): Promise<pg.PoolClient> {
  const { scheduler, database, actor } = parts;
  const { promise, resolve, reject } = Promise.withResolvers<pg.PoolClient>();
  const label = parts.label();
  const call: Call = {
    by: actor,
    to: "database",
    label,
    async carryOut(fate) {
      if (fate.kind === "lost-before") {
        reject(gone());
        return { said: "no connection" };
      }
      const client = await database.pool.connect();
      const session = new Session({ ...parts, label: () => label }, { client, claims, fate });
      resolve(session.client());
      return session;
    },
  };
  scheduler.ask(call);
  return promise;
}

interface SessionState {
  readonly client: pg.PoolClient;
  readonly claims: Claims;
  readonly fate: Fate;
}

/** A session from its loan to its return. */
class Session implements Told {
  said = "";
  readonly #parts: SessionParts;
  readonly #client: pg.PoolClient;
  readonly #claims: Claims;
  readonly #fate: Fate;
  readonly #end: () => void;
  #statements = 0;
  #broken = false;
  #dead = false;

  constructor(parts: SessionParts, { client, claims, fate }: SessionState) {
    this.#parts = parts;
    this.#client = client;
    this.#claims = claims;
    this.#fate = fate;
    this.#end = parts.scheduler.session();
  }

  client(): pg.PoolClient {
    const query = (text: unknown, values?: unknown[]): unknown => this.#query(text, values);
    const release = (): void => {
      this.#release();
    };
    return new Proxy(this.#client, {
      get: (client, name) => {
        if (name === "query") return query;
        if (name === "release") return release;
        const member: unknown = Reflect.get(client, name);
        return typeof member === "function" ? (member.bind(client) as unknown) : member;
      },
    });
  }

  #query(text: unknown, values?: unknown[]): unknown {
    if (this.#dead) return new Promise(() => undefined);
    if (this.#broken) return Promise.reject(gone());
    this.#statements += 1;
    if (this.#fate.kind === "dies" && this.#statements >= this.#fate.at) return this.#die();
    if (typeof text !== "string") return this.#client.query(text as pg.Submittable);
    return text === "commit" ? this.#commit() : this.#run(text, values);
  }

  async #run(text: string, values?: unknown[]): Promise<pg.QueryResult> {
    const result = await this.#client.query(rewritten(this.#parts, text), values);
    noteClaim(this.#claims, text, result);
    return result;
  }

  async #commit(): Promise<pg.QueryResult> {
    await this.#watch();
    if (this.#fate.kind !== "lost-after") {
      this.said = "committed";
      return this.#client.query("commit");
    }
    this.said = "committed unheard";
    await this.#client.query("commit");
    this.#broken = true;
    throw gone();
  }

  /** Promise 14: nobody writes after somebody else has claimed the connection. */
  async #watch(): Promise<void> {
    const { rows } = await this.#client.query<{ wrote: boolean; epochs: string[] }>(
      `select pg_current_xact_id_if_assigned() is not null as wrote,
              array(select epoch::text from connections order by id) as epochs`,
    );
    const { epoch } = this.#claims;
    if (rows[0]?.wrote !== true || epoch === null || rows[0].epochs.includes(epoch)) return;
    this.#parts.onStale(this.#parts.label());
  }

  /** The process ends here: what it had begun is rolled back, and nothing of it is ever heard again. */
  #die(): Promise<never> {
    this.#dead = true;
    this.#parts.actor.alive = false;
    this.said = `the process ends at statement ${this.#statements}`;
    // Its server process rolls back as it ends; whoever comes to the same rows waits for that.
    this.#client.release(true);
    this.#end();
    return new Promise(() => undefined);
  }

  #release(): void {
    if (this.#dead) return;
    if (this.said === "") this.said = "rolled back";
    this.#client.release();
    this.#end();
  }
}

function rewritten({ rewrite }: SessionParts, sql: Sql): Sql {
  if (rewrite === undefined) return sql;
  return typeof sql === "string" ? rewrite(sql) : { ...sql, text: rewrite(sql.text) };
}

function textOf(sql: Sql): string {
  return typeof sql === "string" ? sql : sql.text;
}

function noteClaim(claims: Claims, text: string, { rows }: pg.QueryResult): void {
  if (!/epoch = epoch \+ 1/u.test(text)) return;
  const [row] = rows as { epoch?: string }[];
  claims.epoch = row?.epoch ?? claims.epoch;
}

function gone(): Error {
  return Object.assign(new Error("Connection terminated unexpectedly"), { code: "ECONNRESET" });
}
