/**
 * What is measured of a workspace as it stands: its status, and what the status leaves to other places. No personal data.
 */
import type { ErrorCode } from "./errors.ts";
import type { NoticeKind } from "./notice.ts";
import type { Status } from "./status.ts";
import type { ListedWebhook } from "./webhook-port.ts";

type WebhookState = ListedWebhook["state"];

export interface StoredGauges {
  /** When the last cycle that was done, wholly or in part, ended, by id of the connection. */
  readonly completedAt: ReadonlyMap<number, Date>;
  /** Records that were refused and wait, by cause. */
  readonly parked: readonly {
    readonly entity: string;
    readonly way: "pull" | "push";
    readonly code: ErrorCode;
    readonly count: number;
  }[];
  /** Deletes that the mass-change guard holds, where it holds any: as many as there were when it began to. */
  readonly held: readonly {
    readonly entity: string;
    readonly way: "pull" | "push";
    readonly count: number;
  }[];
  readonly openNotices: readonly { readonly kind: NoticeKind; readonly count: number }[];
  /** States of the webhooks, each once. */
  readonly webhooks: readonly WebhookState[];
  /** Events that could not be delivered to them. */
  readonly deadLetters: number;
}

export interface Gauges extends StoredGauges {
  readonly status: Status;
}
