/**
 * Notices by webhook: one POST of JSON for all that is due, signed as events are where a secret is set. The field `text`
 * is what Slack and Teams show.
 */
import { checkedAddress } from "../connectors/http/address.ts";
import { openWebhookPost } from "../connectors/webhook/post.ts";
import { SyncError } from "../core/errors.ts";
import type { NoticeKind, NoticeText } from "../core/notice.ts";
import type { DueNotice } from "../core/notice-tellings.ts";
import { chatText } from "./letter.ts";
import type { NoticePost } from "./post.ts";
import { PostError } from "./post.ts";
import { tellingId } from "./telling-id.ts";

export interface WebhookSettings {
  /** Whole address; it may hold a token, so it is told to nobody. */
  readonly url: string;
  /** `whsec_` and base64; null where nobody looks at signatures. */
  readonly secret: string | null;
  /** Names the marketing database in the message. */
  readonly workspace: string;
}

/** The body of the POST. */
export interface NoticeMessage {
  readonly type: "tandem.notices";
  readonly workspace: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** For chats: a line for each. */
  readonly text: string;
  readonly notices: readonly ToldNotice[];
}

interface ToldNotice extends NoticeText {
  readonly id: string;
  readonly kind: NoticeKind;
  readonly openedAt: string;
  readonly closedAt: string | null;
  /** It was told before and lasts. */
  readonly reminder: boolean;
}

/** Contacts nobody yet. @throws SyncError `configuration_invalid`, `insecure_address` */
export function openWebhook({ url: address, secret, workspace }: WebhookSettings): NoticePost {
  const url = checkedAddress(address, "TANDEM_NOTICE_WEBHOOK").href;
  requireSecret(secret);
  const post = openWebhookPost({ agent: "Tandem", now: Date.now });
  return {
    channel: "webhook",
    async send(due, at, signal) {
      const body = JSON.stringify(messageOf(due, workspace, at));
      const delivery = { id: `notice-${tellingId(due, "webhook")}`, type: "tandem.notices", body };
      const answer = await post.send(delivery, { url, secret }, signal).catch(() => null);
      if (answer?.kind === "delivered") return;
      const status = answer?.status ?? null;
      throw new PostError(
        status === null ? "The webhook does not answer." : `The webhook answered ${status}.`,
      );
    },
    close: () => post.close(),
  };
}

function requireSecret(secret: string | null): void {
  if (secret === null || /^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/.test(secret)) return;
  throw new SyncError(
    "configuration_invalid",
    "TANDEM_NOTICE_WEBHOOK_SECRET is no secret of a webhook: write whsec_ and 24 to 64 bytes in base64.",
    { field: "TANDEM_NOTICE_WEBHOOK_SECRET" },
  );
}

function messageOf(due: readonly DueNotice[], workspace: string, at: string): NoticeMessage {
  return {
    type: "tandem.notices",
    workspace,
    at,
    text: chatText(due),
    notices: due.map(({ notice, reminder }) => {
      const { id, kind, title, body, remedy, who, count, parts, openedAt, closedAt } = notice;
      return { id, kind, title, body, remedy, who, count, parts, openedAt, closedAt, reminder };
    }),
  };
}
