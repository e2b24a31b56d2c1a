/**
 * Gauges of what is stored, read at most every few seconds however often they are asked for.
 */
import { Gauge } from "prom-client";
import type { Registry } from "prom-client";
import type { Gauges } from "../core/gauges.ts";
import type { ConnectionState, ConnectionStatus, EntityStatus } from "../core/status.ts";

export interface StoredMeasuresOptions {
  readonly version: string;
  read(): Promise<Gauges>;
  /** Milliseconds since 1970. */
  now(): number;
}

/** What was read is good for so long: several scrapers cost what one does. */
const FRESH_MS = 5_000;

const CONNECTION_STATES: readonly ConnectionState[] = [
  "connecting",
  "copying",
  "following",
  "resting",
  "waiting",
  "attention",
  "paused",
];

/** Name, sentence and labels of every gauge. */
const GAUGES = {
  tandem_info: ["1; the labels say what is running", ["version", "workspace"]],
  tandem_database_reachable: ["1 while the marketing database answers, else 0", []],
  tandem_connection_state: [
    "1 for the state the connection is in, 0 for the others",
    ["connection", "state"],
  ],
  tandem_lag_seconds: ["Seconds since the last cycle that was done, wholly or in part", ["connection"]],
  tandem_wait_seconds: ["Seconds left of the wait under way; 0 without one", ["connection"]],
  tandem_rows: ["Rows in the marketing database", ["connection", "entity"]],
  tandem_backlog_records: [
    "Records that wait: of a copy under way (pull), and edits and people to be made (push, counted up to 10,000)",
    ["connection", "entity", "direction"],
  ],
  tandem_oldest_pending_seconds: [
    "Seconds since the oldest of what waits to travel to Dynamics was asked for; 0 when nothing waits",
    ["connection", "entity"],
  ],
  tandem_parked_records: [
    "Records that were refused and wait for a person, by cause",
    ["entity", "direction", "code"],
  ],
  tandem_trouble: [
    "1 for what keeps a connection (no entity) or an entity from its work",
    ["connection", "entity", "code"],
  ],
  tandem_guard_held_deletes: [
    "Deletes that the mass-change guard holds for approval",
    ["entity", "direction"],
  ],
  tandem_open_notices: ["Notices of what lasts, by kind", ["kind"]],
  tandem_webhooks: ["Webhooks by state", ["state"]],
  tandem_webhook_dead_letters: ["Events that could not be delivered to a webhook", []],
} as const satisfies Readonly<Record<string, readonly [string, readonly string[]]>>;

type GaugeName = keyof typeof GAUGES;

export class StoredMeasures {
  readonly #options: StoredMeasuresOptions;
  readonly #gauges: Readonly<Record<GaugeName, Gauge>>;
  #readAt = -Infinity;
  #reading: Promise<void> | null = null;
  #read: Gauges | null = null;

  constructor(registry: Registry, options: StoredMeasuresOptions) {
    this.#options = options;
    const made = Object.entries(GAUGES).map(([name, [help, labelNames]]) => [
      name,
      new Gauge({ name, help, labelNames: [...labelNames], registers: [registry] }),
    ]);
    this.#gauges = Object.fromEntries(made) as Record<GaugeName, Gauge>;
  }

  /** Reads anew when that is due, and sets every gauge to what holds now. Never fails. */
  async refresh(): Promise<void> {
    if (this.#options.now() - this.#readAt >= FRESH_MS) {
      this.#reading ??= this.#readAnew();
      await this.#reading;
    }
    for (const gauge of Object.values(this.#gauges)) gauge.reset();
    // Without labels, a reset says 0.
    this.#gauges.tandem_webhook_dead_letters.remove();
    this.#gauges.tandem_database_reachable.set(this.#read === null ? 0 : 1);
    if (this.#read === null) return;
    this.#show(this.#read);
  }

  async #readAnew(): Promise<void> {
    try {
      this.#read = await this.#options.read();
    } catch {
      // Why the database does not answer is told by `/readyz` and the log.
      this.#read = null;
    } finally {
      this.#readAt = this.#options.now();
      this.#reading = null;
    }
  }

  #show({ status, completedAt, ...stored }: Gauges): void {
    this.#set("tandem_info", 1, { version: this.#options.version, workspace: status.workspace });
    for (const connection of status.connections) {
      const ended = completedAt.get(connection.id);
      this.#showConnection(connection, ended);
      for (const entity of connection.entities) this.#showEntity(connection.name, entity);
    }
    for (const { entity, way, code, count } of stored.parked) {
      this.#gauges.tandem_parked_records.inc({ entity, direction: way, code }, count);
    }
    for (const { entity, way, count } of stored.held) {
      this.#gauges.tandem_guard_held_deletes.inc({ entity, direction: way }, count);
    }
    for (const { kind, count } of stored.openNotices) this.#set("tandem_open_notices", count, { kind });
    for (const state of stored.webhooks) this.#gauges.tandem_webhooks.inc({ state });
    this.#set("tandem_webhook_dead_letters", stored.deadLetters, {});
  }

  #showConnection(status: ConnectionStatus, ended: Date | undefined): void {
    const connection = status.name;
    for (const state of CONNECTION_STATES) {
      this.#set("tandem_connection_state", state === status.state ? 1 : 0, { connection, state });
    }
    if (ended !== undefined) this.#set("tandem_lag_seconds", this.#secondsSince(ended), { connection });
    const left = status.waiting === null ? 0 : -this.#secondsSince(new Date(status.waiting.until));
    this.#set("tandem_wait_seconds", Math.max(0, left), { connection });
    if (status.trouble !== null) {
      this.#set("tandem_trouble", 1, { connection, entity: "", code: status.trouble.code });
    }
  }

  #showEntity(connection: string, status: EntityStatus): void {
    const { entity, rows, backlog, pending, wanted, trouble } = status;
    this.#set("tandem_rows", rows, { connection, entity });
    if (backlog !== null) {
      this.#set("tandem_backlog_records", backlog, { connection, entity, direction: "pull" });
    }
    if (trouble !== null) this.#set("tandem_trouble", 1, { connection, entity, code: trouble.code });
    const outgoing = [pending, wanted].filter((edits) => edits !== null);
    if (outgoing.length === 0) return;
    const waiting = outgoing.reduce((sum, edits) => sum + edits.waiting, 0);
    this.#set("tandem_backlog_records", waiting, { connection, entity, direction: "push" });
    const ages = outgoing.map(({ oldestAt }) =>
      oldestAt === null ? 0 : this.#secondsSince(new Date(oldestAt)),
    );
    this.#set("tandem_oldest_pending_seconds", Math.max(0, ...ages), { connection, entity });
  }

  #set(name: GaugeName, value: number, labels: Readonly<Record<string, string>>): void {
    this.#gauges[name].set({ ...labels }, value);
  }

  #secondsSince(time: Date): number {
    return (this.#options.now() - time.getTime()) / 1000;
  }
}
