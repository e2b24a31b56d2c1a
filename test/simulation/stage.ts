/**
 * The database of a process that simulates: the real one, migrated and connected once, and put back to that moment
 * before every history. Time and made-up ids are the simulation's own, so that the same history leaves the same rows.
 */
import { openDatabase } from "../../src/store/database.ts";
import type { Database } from "../../src/store/database.ts";
import { migrate } from "../../src/store/migrate.ts";

export interface Stage {
  readonly database: Database;
  /** Sets the time that SQL sees. */
  setTime(ms: number): Promise<void>;
  /** Keeps everything as it is now: `reset` comes back to it. */
  keep(): Promise<void>;
  reset(): Promise<void>;
  close(): Promise<void>;
}

const WORKSPACE = { name: "marketing" };
export const SYNC = "marketing_sync";

/**
 * Functions of the sync's schema come before those of PostgreSQL wherever the sync looks for them, defaults of columns
 * included: they are there before the migrations.
 */
const OWN_TIME_AND_CHANCE = `
  set client_min_messages = warning;
  create schema ${SYNC};
  create schema simulation;
  create table simulation.moment (at timestamptz not null);
  insert into simulation.moment values ('2026-11-24 00:00:00+00');
  create sequence simulation.ids;
  create function ${SYNC}.now() returns timestamptz language sql stable
    as 'select at from simulation.moment';
  create function ${SYNC}.gen_random_uuid() returns uuid language sql volatile
    as $$ select overlay(md5(nextval('simulation.ids')::text) placing '4' from 13 for 1)::uuid $$;`;

/**
 * @param connectionString an empty database, which becomes the simulation's
 * @param further SQL to run once it is migrated
 */
export async function openStage(connectionString: string, further?: string): Promise<Stage> {
  const database = openDatabase(connectionString, WORKSPACE, () => undefined);
  const { pool } = database;
  await pool.query(OWN_TIME_AND_CHANCE);
  await migrate(database);
  if (further !== undefined) await pool.query(further);
  let restore = "";
  let shape: Shape = { triggers: [], functions: [] };
  return {
    database,
    setTime: async (ms) => {
      await pool.query("update simulation.moment set at = $1", [new Date(ms).toISOString()]);
    },
    keep: async () => {
      restore = await keep(database);
      shape = await shapeOf(database);
    },
    reset: async () => {
      await reshape(database, shape);
      await truncate(database);
      await pool.query(restore);
    },
    close: () => database.close(),
  };
}

/** Triggers and functions that the sync makes anew when fields are switched. */
interface Shape {
  readonly triggers: readonly { readonly name: string; readonly onto: string; readonly sql: string }[];
  readonly functions: readonly string[];
}

async function shapeOf({ pool }: Database): Promise<Shape> {
  const triggers = await pool.query<Shape["triggers"][number]>(
    `select quote_ident(t.tgname) as name, t.tgrelid::regclass::text as onto, pg_get_triggerdef(t.oid) as sql
       from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = 'marketing' and not t.tgisinternal order by t.tgrelid, t.tgname`,
  );
  const functions = await pool.query<{ sql: string }>(
    `select pg_get_functiondef(p.oid) as sql from pg_proc p join pg_namespace n on n.oid = p.pronamespace
      where n.nspname = '${SYNC}' and p.prokind = 'f' order by p.proname, p.oid`,
  );
  return { triggers: triggers.rows, functions: functions.rows.map(({ sql }) => sql) };
}

/** Puts triggers and functions back that a history has made anew: the next one finds what the first one found. */
async function reshape(database: Database, wanted: Shape): Promise<void> {
  const now = await shapeOf(database);
  if (JSON.stringify(now) === JSON.stringify(wanted)) return;
  await database.pool.query(
    [
      ...now.triggers.map(({ name, onto }) => `drop trigger ${name} on ${onto}`),
      ...wanted.functions.map((sql) => sql.replace(/^create function/iu, "create or replace function")),
      ...wanted.triggers.map(({ sql }) => sql),
    ].join(";\n"),
  );
}

interface Kept {
  readonly name: string;
  readonly copy: string;
  readonly columns: string;
}

/** Copies every table, and returns the SQL that fills them again. */
async function keep({ pool }: Database): Promise<string> {
  const { rows } = await pool.query<Kept>(
    `select format('%I.%I', n.nspname, c.relname) as name, format('simulation.%I', c.relname) as copy,
            (select string_agg(quote_ident(a.attname), ', ' order by a.attnum) from pg_attribute a
              where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as columns
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname in ('marketing', '${SYNC}') and c.relkind = 'r' order by c.oid`,
  );
  for (const { name } of rows) await pool.query(`alter table ${name} set (autovacuum_enabled = false)`);
  const refill: string[] = [];
  for (const { name, copy, columns } of rows) {
    const { rowCount } = await pool.query(`select from ${name} limit 1`);
    if (rowCount === 0) continue;
    await pool.query(`create table ${copy} as table ${name}`);
    refill.push(`insert into ${name} (${columns}) overriding system value select ${columns} from ${copy}`);
  }
  const sequences = await pool.query<{ sql: string }>(
    `select format('select setval(%L, %s, %L)', format('%I.%I', schemaname, sequencename),
                   coalesce(last_value, start_value), last_value is not null) as sql
       from pg_sequences where schemaname in ('marketing', '${SYNC}', 'simulation')`,
  );
  return [
    "begin",
    "set local session_replication_role = replica",
    ...refill,
    ...sequences.rows.map(({ sql }) => sql),
    "update simulation.moment set at = '2026-11-24 00:00:00+00'",
    "commit",
  ].join(";\n");
}

/** Empties what is not empty: most tables are never touched. */
async function truncate({ pool }: Database): Promise<void> {
  const { rows } = await pool.query<{ names: string | null }>(
    `select string_agg(format('%I.%I', n.nspname, c.relname), ', ') as names
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname in ('marketing', '${SYNC}') and c.relkind = 'r' and pg_relation_size(c.oid) > 0`,
  );
  const names = rows[0]?.names;
  if (names) await pool.query(`truncate ${names} cascade`);
}
