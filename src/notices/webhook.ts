/**
 * Notices by webhook: one POST of JSON for all that is due. The field `text` is what Slack and Teams show.
 */
import { SyncError } from "../core/errors.ts";
import type { NoticeKind, NoticeText } from "../core/notice.ts";
import type { DueNotice } from "../core/notice-tellings.ts";
import { chatText } from "./letter.ts";
import type { NoticePost } from "./post.ts";
import { PostError } from "./post.ts";

export interface WebhookSettings {
  /** Whole address; it may hold a token, so it is told to nobody. */
  readonly url: string;
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

const PATIENCE_MS = 15_000;

/** Contacts nobody yet. @throws SyncError `configuration_invalid`, `insecure_address` */
export function openWebhook({ url, workspace }: WebhookSettings): NoticePost {
  const target = addressOf(url);
  return {
    channel: "webhook",
    async send(due, at, signal) {
      const answer = await fetch(target, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(messageOf(due, workspace, at)),
        redirect: "error",
        signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]),
      }).catch(() => {
        throw new PostError("The webhook does not answer.");
      });
      await answer.body?.cancel();
      if (!answer.ok) throw new PostError(`The webhook answered ${answer.status}.`);
    },
  };
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

function addressOf(text: string): URL {
  const url = URL.parse(text);
  if (url === null || !["http:", "https:"].includes(url.protocol)) {
    throw new SyncError("configuration_invalid", "TANDEM_NOTICE_WEBHOOK is no address: write https://…", {
      field: "TANDEM_NOTICE_WEBHOOK",
    });
  }
  const local = url.hostname === "localhost" || url.hostname === "[::1]" || url.hostname.startsWith("127.");
  if (url.protocol === "https:" || local) return url;
  throw new SyncError("insecure_address", "TANDEM_NOTICE_WEBHOOK is plain http: use https.", {
    field: "TANDEM_NOTICE_WEBHOOK",
  });
}
