/**
 * Notices by e-mail, over SMTP.
 */
import { createTransport } from "nodemailer";
import type { SMTPTransportOptions } from "nodemailer";
import { SyncError } from "../core/errors.ts";
import type { DueNotice } from "../core/notice-tellings.ts";
import { letterOf } from "./letter.ts";
import type { NoticePost } from "./post.ts";
import { PostError } from "./post.ts";
import { tellingId } from "./telling-id.ts";

export interface MailSettings {
  /** `smtp://user:password@host:port`, or `smtps://` where TLS comes first. */
  readonly url: string;
  readonly from: string;
  readonly to: readonly string[];
  /** Names the marketing database in the letter. */
  readonly workspace: string;
}

/** A mail server that is silent for so long does not answer. */
const PATIENCE_MS = 15_000;

/** Contacts nobody yet. @throws SyncError `configuration_invalid` when the address cannot be read */
export function openMail({ url, from, to, workspace }: MailSettings): NoticePost {
  const transport = createTransport(smtpOptions(url), { disableFileAccess: true, disableUrlAccess: true });
  return {
    channel: "mail",
    async send(due, _at, signal) {
      signal.throwIfAborted();
      const letter = letterOf(due, workspace);
      const sending = transport.sendMail({
        from,
        to: [...to],
        ...letter,
        messageId: messageId(due, from),
        // Out-of-office replies are for people (RFC 3834).
        headers: { "Auto-Submitted": "auto-generated" },
      });
      const { promise: stopped, reject } = Promise.withResolvers<never>();
      const stop = (): void => reject(new PostError("Tandem was stopped."));
      signal.addEventListener("abort", stop);
      try {
        await Promise.race([sending, stopped]);
      } catch (error) {
        throw new PostError(reasonOf(error));
      } finally {
        signal.removeEventListener("abort", stop);
      }
    },
    async close() {
      transport.close();
    },
  };
}

/**
 * Encrypted wherever the server can; a password leaves this machine in no other way.
 * @throws SyncError `configuration_invalid`
 */
export function smtpOptions(text: string): SMTPTransportOptions {
  const url = URL.parse(text);
  if (url === null || !["smtp:", "smtps:"].includes(url.protocol) || url.hostname === "") {
    throw new SyncError(
      "configuration_invalid",
      "TANDEM_SMTP_URL is no address of a mail server: write smtp://user:password@host:port.",
      { field: "TANDEM_SMTP_URL" },
    );
  }
  const secure = url.protocol === "smtps:";
  const host = url.hostname.replaceAll(/^\[|\]$/g, "");
  const user = decodeURIComponent(url.username);
  const pass = decodeURIComponent(url.password);
  return {
    host,
    port: url.port === "" ? (secure ? SUBMISSIONS : SUBMISSION) : Number(url.port),
    secure,
    requireTLS: !secure && user !== "" && !isLoopback(host),
    ...(user === "" ? {} : { auth: { user, pass } }),
    connectionTimeout: PATIENCE_MS,
    greetingTimeout: PATIENCE_MS,
    socketTimeout: PATIENCE_MS,
    dnsTimeout: PATIENCE_MS,
  };
}

/** RFC 6409 and RFC 8314. */
const [SUBMISSION, SUBMISSIONS] = [587, 465];

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}

/** The same telling has the same id however often it is sent, so that a mailbox can tell a repetition. */
function messageId(due: readonly DueNotice[], from: string): string {
  const domain = /@([\w.-]+)/.exec(from)?.[1] ?? "tandem.invalid";
  return `<notice.${tellingId(due, "mail")}@${domain}>`;
}

/** The words of a mail server may hold addresses; only the kind of failure and the number of its answer are told. */
function reasonOf(error: unknown): string {
  if (error instanceof PostError) return error.message;
  if (!(error instanceof Error)) return "The mail was not sent.";
  const { code, responseCode } = error as Error & Readonly<{ code?: unknown; responseCode?: unknown }>;
  const answer = typeof responseCode === "number" ? ` (answer ${responseCode})` : "";
  const reason = typeof code === "string" ? REASONS[code] : undefined;
  return `${reason ?? "The mail server did not take the mail"}${answer}.`;
}

const REASONS: Readonly<Record<string, string>> = {
  EAUTH: "The mail server refused the user or the password",
  EENVELOPE: "The mail server refused the sender or every recipient",
  EDNS: "The name of the mail server cannot be resolved",
  ETLS: "The mail server offers no encryption that is trusted",
  EREQUIRETLS: "The mail server offers no encryption that is trusted",
  ESOCKET: "The mail server does not answer",
  ECONNECTION: "The mail server does not answer",
  ETIMEDOUT: "The mail server does not answer",
};
