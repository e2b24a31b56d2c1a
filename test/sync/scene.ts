/**
 * An emulated organization and a Tandem that keeps a fresh database in step with it, in one process: the real
 * connector, engine and store, without sockets to Dynamics.
 */
import pg from "pg";
import { createEmulator } from "../../emulators/dataverse/emulator.ts";
import type { Emulator } from "../../emulators/dataverse/emulator.ts";
import { seedDemo } from "../../emulators/dataverse/seed.ts";
import { openAppDatabase } from "../../src/app/database.ts";
import type { AppDatabase } from "../../src/app/database.ts";
import { openStatusBoard } from "../../src/app/status.ts";
import { syncUntilDone } from "../../src/app/sync.ts";
import type { Worker } from "../../src/app/worker.ts";
import { entitiesOf, openWorker } from "../../src/app/worker.ts";
import type { SyncResult } from "../../src/cli/tandem.ts";
import { readSettings } from "../../src/config/settings.ts";
import type { ClientSecretSignIn, SignIn } from "../../src/connectors/dataverse/sign-in.ts";
import { systemTiming } from "../../src/connectors/http/timing.ts";
import type { HttpAnswer, Transport } from "../../src/connectors/http/transport.ts";
import type { Observer } from "../../src/core/observer.ts";
import type { EntityStatus, Status } from "../../src/core/status.ts";
import type { Log } from "../../src/engine/ports.ts";
import { testDatabase } from "../support/database.ts";

export const ORIGIN = "https://contoso.crm.dynamics.com";
const AUTHORITY = "https://sts.contoso.example";

export interface SceneOptions {
  readonly records?: number;
  readonly pageSize?: number;
  readonly entities?: readonly string[];
  /** Whether the organization's sync filter counts; otherwise everybody takes part. */
  readonly filter?: boolean;
  /** Bytes from which on a page is read by a thread of its own. */
  readonly largePage?: number;
  /** Takes the log; nobody does by default. */
  readonly log?: Log;
  /** Watches the work; nobody does by default. */
  readonly observer?: Observer;
  /** Further settings, by environment variable. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Scene {
  readonly emulator: Emulator;
  readonly sql: pg.Pool;
  readonly databaseUrl: string;
  /** Tandem's own way to the database. */
  readonly database: AppDatabase["database"];
  /** Paths of the Web API requests sent so far, decoded, without the origin. */
  readonly requests: string[];
  /** Runs cycles until nothing is left to do. */
  sync(options?: { readonly approveDeletes?: boolean }): Promise<SyncResult>;
  status(): Promise<Status>;
  entity(name: string): Promise<EntityStatus>;
  /** Lets so many seconds pass on Tandem's own clock. */
  later(seconds: number): void;
  /** Another worker on the same database, as after a restart; it may sign in another way. */
  restart(signIn?: SignIn): Promise<void>;
  close(): Promise<void>;
}

export async function openScene(options: SceneOptions = {}): Promise<Scene> {
  const { records = 400, pageSize = 50 } = options;
  const emulator = createEmulator({});
  seedDemo(emulator, { seed: 11, records });
  const database = await testDatabase();
  const settings = readSettings({
    TANDEM_DATABASE_URL: database.connectionString,
    TANDEM_PAGE_SIZE: String(pageSize),
    TANDEM_GUARD_COUNT: "20",
    TANDEM_LOG: "silent",
    ...(options.filter === true ? {} : { TANDEM_FILTER_COLUMN: "new_nobodyhasthis" }),
    ...options.environment,
  });
  const { log = () => undefined, observer } = options;
  const opened: AppDatabase = await openAppDatabase(settings, { log, signal: never() });
  const requests: string[] = [];
  let ahead = 0;
  const open = (signIn: SignIn = signInTo(emulator)): Promise<Worker> =>
    openWorker({
      opened,
      settings,
      options: {
        url: ORIGIN,
        signIn,
        transport: inProcess(emulator, requests),
        backoff: { baseMs: 1, maxMs: 4, attempts: 4 },
        timing: { ...systemTiming, now: () => Date.now() + ahead },
        ...(options.largePage === undefined ? {} : { largePage: options.largePage }),
      },
      name: "dynamics",
      demo: false,
      entities: options.entities ?? entitiesOf(settings, []),
      log,
      ...(observer === undefined ? {} : { observer }),
    });
  let worker = await open();
  const board = openStatusBoard(opened, { version: "test", demo: false });
  const sql = new pg.Pool({ connectionString: database.connectionString, max: 2 });
  // The database is dropped right after; a session that is told so on its way out fails no test.
  sql.on("error", () => undefined);
  sql.on("connect", (client) => client.on("error", () => undefined));
  return {
    emulator,
    sql,
    databaseUrl: database.connectionString,
    database: opened.database,
    requests,
    sync: ({ approveDeletes = false } = {}) =>
      syncUntilDone({ worker, board }, { approveDeletes, onStatus: () => undefined }, never()),
    status: () => board.read(),
    entity: async (name) => {
      const found = (await board.read()).connections[0]?.entities.find(({ entity }) => entity === name);
      if (found === undefined) throw new Error(`there is no entity ${name}`);
      return found;
    },
    later: (seconds) => {
      ahead += seconds * 1000;
    },
    restart: async (signIn) => {
      await worker.close();
      worker = await open(signIn);
    },
    close: async () => {
      await worker.close();
      await sql.end();
      await opened.close();
      await database.close();
    },
  };
}

/** Ids of the records that are persons of their own: neither qualified, so that a contact is, nor merged into others. */
export function persons({ store }: Emulator, kind: "contact" | "lead"): readonly string[] {
  return store.ids(kind).filter((id) => {
    const { merged, statecode } = store.get(kind, id) ?? {};
    return merged !== true && (kind === "contact" || statecode !== QUALIFIED);
  });
}

const QUALIFIED = 1;

/** People of one kind as the two sides have them; equal when the sync has done its work. */
export async function people(
  { emulator, sql }: Scene,
  kind: "contact" | "lead",
): Promise<{ readonly dynamics: unknown[]; readonly marketing: unknown[] }> {
  const { rows } = await sql.query<Record<string, unknown>>(
    `select crm_id as id, first_name, last_name, email, owner_crm_id as owner, owner_crm_type as owner_type
       from marketing.people where crm_type = $1 and not crm_deleted order by crm_id`,
    [kind],
  );
  const dynamics = persons(emulator, kind)
    .toSorted()
    .map((id) => {
      const record = emulator.store.get(kind, id) ?? {};
      const owner = record["ownerid"] as { entity: string; id: string } | undefined;
      return {
        id,
        first_name: record["firstname"] ?? null,
        last_name: record["lastname"] ?? null,
        email: record["emailaddress1"] ?? null,
        owner: owner?.id ?? null,
        owner_type: owner?.entity ?? null,
      };
    });
  return { dynamics, marketing: rows };
}

export function signInTo(emulator: Emulator): ClientSecretSignIn {
  const { tenantId, clientId, clientSecret } = emulator.authority.credentials;
  return { kind: "client-secret", authority: AUTHORITY, tenant: tenantId, clientId, clientSecret };
}

/** A transport that calls the emulator in this process, and notes the paths. */
export function inProcess(emulator: Emulator, requests: string[]): Transport {
  return {
    async send({ method, url, headers, body }): Promise<HttpAnswer> {
      if (url.startsWith(ORIGIN)) requests.push(decodeURIComponent(url.slice(ORIGIN.length)));
      const init = body === undefined ? { method, headers } : { method, headers, body };
      const answer = await emulator.fetch(new Request(url, init));
      return {
        status: answer.status,
        headers: Object.fromEntries(answer.headers),
        body: new Uint8Array(await answer.arrayBuffer()),
      };
    },
    close: async () => undefined,
  };
}

function never(): AbortSignal {
  return new AbortController().signal;
}
