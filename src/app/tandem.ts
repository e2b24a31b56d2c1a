/**
 * The application as the commands see it.
 */
import { userInfo } from "node:os";
import type {
  FieldLine,
  FieldsOptions,
  OpenedDatabase,
  PolicyLine,
  PolicyOptions,
  StartOptions,
  SyncOptions,
  SyncResult,
  Tandem,
} from "../cli/tandem.ts";
import { checkOrganization } from "../connectors/dataverse/check.ts";
import type { Settings } from "../config/settings.ts";
import type { NoticeDesk } from "../core/notice.ts";
import type { EventFeed } from "../core/event-port.ts";
import type { AdminDesk, MatchPreview } from "../core/person-desk.ts";
import type { CheckLine } from "../core/ports.ts";
import type { Refused, RetryWish } from "../core/refused.ts";
import type { EntityDesk } from "../core/entity-desk.ts";
import type { CampaignDesk } from "../core/campaign-desk.ts";
import type { SyncDesk } from "../core/sync-desk.ts";
import type { Status } from "../core/status.ts";
import type { WebhookDesk } from "../core/webhook-port.ts";
import { openObserver } from "../observe/observer.ts";
import { changeTravelling } from "../store/capture.ts";
import { openEventFeed } from "../store/event-feed.ts";
import { listFields } from "../store/fields.ts";
import { listPolicies, setPolicy } from "../store/policies.ts";
import { listRefusals, retryEdits } from "../store/refusals.ts";
import type { AppDatabase } from "./database.ts";
import { openAppDatabase } from "./database.ts";
import { openCampaignDesk } from "./campaign-desk.ts";
import { DEMO_NAME } from "./demo.ts";
import { openEntityDesk } from "./entity-desk.ts";
import { changeFields, sampledFields } from "./field-switches.ts";
import { openLog } from "./log.ts";
import type { NoticeParts } from "./notices.ts";
import { noticeParts, openNoticeDesk, openNoticeRounds } from "./notices.ts";
import { dataverseOptions } from "./organization.ts";
import { nudgeWorkers, openPersonDesk } from "./person-desk.ts";
import { CONNECTION_NAME, start } from "./start.ts";
import type { StatusBoard } from "./status.ts";
import { openStatusBoard } from "./status.ts";
import { openSyncDesk } from "./sync-desk.ts";
import { syncUntilDone } from "./sync.ts";
import { openWebhookDesk } from "./webhooks.ts";
import type { Worker } from "./worker.ts";
import { entitiesOf, openWorker } from "./worker.ts";

/** Settings are read when a command needs them, so that `--help` works whatever the environment says. */
export class App implements Tandem {
  readonly #version: string;
  readonly #readSettings: () => Settings;

  constructor(version: string, readSettings: () => Settings) {
    this.#version = version;
    this.#readSettings = readSettings;
  }

  start(options: StartOptions, signal: AbortSignal): Promise<void> {
    return start({ settings: this.#readSettings(), version: this.#version }, options, signal);
  }

  sync(options: SyncOptions, signal: AbortSignal): Promise<SyncResult> {
    const settings = this.#readSettings();
    return this.#withWorker(signal, async (worker, board, { database, log }) => {
      const rounds = openNoticeRounds(noticeParts(settings, database, log));
      try {
        return await rounds.around(() => syncUntilDone({ worker, board }, options, signal));
      } finally {
        await rounds.round(signal);
        await rounds.close();
      }
    });
  }

  connect(signal: AbortSignal): Promise<Status> {
    return this.#withWorker(signal, async (worker, board) => {
      await worker.prepare(signal);
      return board.read();
    });
  }

  check(signal: AbortSignal): AsyncIterable<CheckLine> {
    const settings = this.#readSettings();
    return checkOrganization({ ...dataverseOptions(settings), entities: entitiesOf(settings, []) }, signal);
  }

  status(signal: AbortSignal): Promise<Status> {
    return this.#withDatabase(signal, async (opened) => {
      const status = await openStatusBoard(opened, { version: this.#version, demo: false }).read();
      return { ...status, demo: status.connections.some(({ name }) => name === DEMO_NAME) };
    });
  }

  fields(options: FieldsOptions, signal: AbortSignal): Promise<readonly FieldLine[]> {
    const { entity, samples = false, ...change } = options;
    return this.#withDatabase(signal, async ({ database }) => {
      if (entity === undefined) return listFields(database);
      await changeFields(database, { entity, ...change });
      return samples ? sampledFields(database, entity) : listFields(database, entity);
    });
  }

  policies({ entity, change }: PolicyOptions, signal: AbortSignal): Promise<readonly PolicyLine[]> {
    return this.#withDatabase(signal, async ({ database }) => {
      if (entity !== undefined && change !== null) {
        await changeTravelling(database, entity, (client) => setPolicy(client, { entity, ...change }));
      }
      return listPolicies(database.pool, entity);
    });
  }

  errors(signal: AbortSignal): Promise<readonly Refused[]> {
    return this.#withDatabase(signal, ({ database }) => listRefusals(database.pool, database.workspace));
  }

  retry(filter: RetryWish, signal: AbortSignal): Promise<number> {
    return this.#withDatabase(signal, ({ database }) =>
      retryEdits(database.pool, database.workspace, filter),
    );
  }

  people<T>(work: (desk: AdminDesk) => Promise<T>, signal: AbortSignal): Promise<T> {
    return this.#withDatabase(signal, (opened) => {
      const { database } = opened;
      return work(openPersonDesk({ database, origin: "cli", nudge: () => nudgeWorkers(opened) }));
    });
  }

  runs<T>(work: (desk: SyncDesk) => Promise<T>, signal: AbortSignal): Promise<T> {
    return this.#withDatabase(signal, (opened) => {
      const { database } = opened;
      const by = `${userInfo().username}, with a command`;
      return work(openSyncDesk({ database, by, nudge: () => nudgeWorkers(opened) }));
    });
  }

  entities<T>(work: (desk: EntityDesk) => Promise<T>, signal: AbortSignal): Promise<T> {
    return this.#withDatabase(signal, (opened) => {
      const { database } = opened;
      return work(openEntityDesk({ database, nudge: () => nudgeWorkers(opened) }));
    });
  }

  campaigns<T>(work: (desk: CampaignDesk) => Promise<T>, signal: AbortSignal): Promise<T> {
    return this.#withDatabase(signal, (opened) => {
      const { database } = opened;
      return work(openCampaignDesk({ database, origin: "cli", nudge: () => nudgeWorkers(opened) }));
    });
  }

  notices<T>(work: (desk: NoticeDesk) => Promise<T>, signal: AbortSignal): Promise<T> {
    return this.#withDatabase(signal, ({ database }) => work(openNoticeDesk(database)));
  }

  events<T>(work: (feed: EventFeed) => Promise<T>, signal: AbortSignal): Promise<T> {
    return this.#withDatabase(signal, ({ database }) => work(openEventFeed(database)));
  }

  webhooks<T>(work: (desk: WebhookDesk) => Promise<T>, signal: AbortSignal): Promise<T> {
    return this.#withDatabase(signal, ({ database }) =>
      work(openWebhookDesk({ database, settings: this.#readSettings(), version: this.#version })),
    );
  }

  previewMatches(signal: AbortSignal): Promise<MatchPreview> {
    return this.#withWorker(signal, (worker) => worker.previewMatches(signal));
  }

  database(signal: AbortSignal): Promise<OpenedDatabase> {
    return this.#open(this.#readSettings(), signal, true);
  }

  /** Attaches to the embedded server of a Tandem that is running, or starts it for as long as it is needed. */
  #open(settings: Settings, signal: AbortSignal, existing: boolean): Promise<AppDatabase> {
    return openAppDatabase(settings, {
      log: openLog(settings.TANDEM_LOG).log,
      signal,
      share: true,
      existing,
    });
  }

  async #withDatabase<T>(
    signal: AbortSignal,
    work: (opened: AppDatabase) => Promise<T>,
    existing = true,
  ): Promise<T> {
    const opened = await this.#open(this.#readSettings(), signal, existing);
    try {
      return await work(opened);
    } finally {
      await opened.close();
    }
  }

  async #withWorker<T>(
    signal: AbortSignal,
    work: (worker: Worker, board: StatusBoard, at: NoticePlace) => Promise<T>,
  ): Promise<T> {
    const settings = this.#readSettings();
    const options = dataverseOptions(settings);
    const { log } = openLog(settings.TANDEM_LOG);
    return this.#withDatabase(
      signal,
      async (opened) => {
        const entities = entitiesOf(settings, []);
        const name = CONNECTION_NAME;
        const worker = await openWorker({
          opened,
          settings,
          options,
          name,
          entities,
          demo: false,
          log,
          observer: openObserver(),
        });
        try {
          const board = openStatusBoard(opened, { version: this.#version, demo: false });
          return await work(worker, board, { database: opened.database, log });
        } finally {
          await worker.close();
        }
      },
      false,
    );
  }
}

type NoticePlace = Pick<NoticeParts, "database" | "log">;
