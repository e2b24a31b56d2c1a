/**
 * The one table of settings: environment variable, default, and the sentence that help, README and errors use.
 */
import { z } from "zod";
import { SyncError } from "../core/errors.ts";
import { DEFAULT_MATCH } from "../core/match-key.ts";
import { NATIVE_FILTER } from "../core/sync-filter.ts";

/** Text that must not be printed: `String(secret)` and JSON show only that it is set. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return "(set)";
  }

  toJSON(): string {
    return "(set)";
  }
}

const secret = z
  .string()
  .min(1)
  .transform((text) => new Secret(text));
const url = z.url({ protocol: /^https?$/, error: "write a URL that begins with https://" });
const count = (minimum: number, maximum: number) => {
  const error = `write a whole number from ${minimum} to ${maximum}`;
  return z.coerce.number({ error }).int({ error }).min(minimum, { error }).max(maximum, { error });
};
const flag = z.stringbool();
const names = z.string().transform((text) => text.split(/[\s,]+/).filter((name) => name !== ""));

interface Setting<T extends z.ZodType = z.ZodType> {
  readonly schema: T;
  readonly about: string;
}

const setting = <T extends z.ZodType>(schema: T, about: string): Setting<T> => ({ schema, about });

/** Every setting by its environment variable. */
export const SETTINGS = {
  TANDEM_DATABASE_URL: setting(
    z.string().min(1).default("./data"),
    "Where the marketing database lives: postgres://… (15 or newer), or a folder for the embedded server",
  ),
  TANDEM_WORKSPACE: setting(
    z
      .string()
      .regex(/^[a-z][a-z0-9_]{0,50}$/, "use lower-case letters, digits and _, beginning with a letter")
      .default("marketing"),
    "PostgreSQL schema of the marketing tables",
  ),
  TANDEM_DYNAMICS_URL: setting(
    url.optional(),
    "Address of the organization: https://yourorg.crm.dynamics.com, on-premises https://host/Organization",
  ),
  TANDEM_DYNAMICS_API_VERSION: setting(
    z
      .string()
      .regex(/^v?\d+\.\d+$/, "write it like v9.2")
      .default("v9.2"),
    "Web API version; on-premises v9.1",
  ),
  TANDEM_DYNAMICS_TENANT_ID: setting(z.string().min(1).optional(), "Directory (tenant) id of the sign-in"),
  TANDEM_DYNAMICS_CLIENT_ID: setting(
    z.string().min(1).optional(),
    "Application (client) id of the app registration",
  ),
  TANDEM_DYNAMICS_CLIENT_SECRET: setting(secret.optional(), "Client secret of the app registration"),
  TANDEM_DYNAMICS_CLIENT_CERTIFICATE: setting(
    z.string().min(1).optional(),
    "PEM file with certificate and private key, instead of a secret",
  ),
  TANDEM_DYNAMICS_MANAGED_IDENTITY: setting(
    z.string().min(1).optional(),
    "`system`, or the client id of a user-assigned managed identity, instead of a secret",
  ),
  TANDEM_DYNAMICS_USERNAME: setting(
    z.string().min(1).optional(),
    "User of the password grant, for AD FS and other authorities that have no client credentials",
  ),
  TANDEM_DYNAMICS_PASSWORD: setting(secret.optional(), "Password of that user"),
  TANDEM_DYNAMICS_AUTHORITY: setting(
    url.optional(),
    "Who signs us in; default the public Entra authority. Token endpoint: <authority>/<tenant>/oauth2/v2.0/token",
  ),
  TANDEM_DYNAMICS_TOKEN_ENDPOINT: setting(
    z.enum(["v2", "adfs"]).default("v2"),
    "Shape of the token endpoint: v2 as above, or adfs for <authority>/adfs/oauth2/token",
  ),
  TANDEM_DYNAMICS_TLS_CERTIFICATE: setting(
    z.string().min(1).optional(),
    "PEM file of the TLS client certificate that a gateway before the organization asks for",
  ),
  TANDEM_DYNAMICS_TLS_KEY: setting(
    z.string().min(1).optional(),
    "PEM file of that certificate's private key",
  ),
  TANDEM_DYNAMICS_CA_FILE: setting(
    z.string().min(1).optional(),
    "PEM file of a private certificate authority, trusted beside the system's",
  ),
  TANDEM_ENTITIES: setting(
    names.optional(),
    "Further entities to copy, by logical name, separated by commas",
  ),
  TANDEM_MATCH: setting(
    names
      .transform((columns) => (columns.length === 1 && columns[0] === "off" ? [] : columns))
      .default([...DEFAULT_MATCH]),
    "Columns of people that tell who is who, so that nobody is made twice; all must be the same. `off` matches nobody",
  ),
  TANDEM_CONTACTS_BY: setting(
    z.enum(["qualify", "direct"]).default("qualify"),
    "How a person becomes a contact: as a lead that is qualified without an account, or made as a contact at once",
  ),
  TANDEM_OPTIONAL_FIELDS: setting(
    names.default(["subject"]),
    "Attributes that the forms of Dynamics require, but without which Tandem may make a record",
  ),
  TANDEM_FILTER: setting(
    z.string().min(1).optional(),
    "Which records take part: `contact: statecode = Active and emailaddress1 is not blank; lead: …`",
  ),
  TANDEM_FILTER_COLUMN: setting(
    z
      .string()
      .regex(/^[a-z][a-z0-9_]*$/, "write the logical name of the column, in lower case")
      .default(NATIVE_FILTER.column),
    "Yes/no column of any entity: records in which it says No are not synced",
  ),
  TANDEM_FILTER_EXIT: setting(
    z.enum(["freeze", "flag", "remove"]).default(NATIVE_FILTER.exit),
    "What becomes of a row whose record comes to say No: it stays as it is, is marked as deleted, or is removed",
  ),
  TANDEM_PAUSE_SECONDS: setting(
    count(1, 86_400).optional(),
    "Pause between two cycles, counted from the end of one (default 300, in the demo 5)",
  ),
  TANDEM_PAGE_SIZE: setting(count(1, 5000).default(2500), "Records a page; Dynamics allows 5000"),
  TANDEM_GUARD_COUNT: setting(
    count(0, 1_000_000_000).default(500),
    "Deletes per entity and cycle that take effect without being asked, either way",
  ),
  TANDEM_GUARD_PERCENT: setting(
    count(0, 100).default(10),
    "The same as a percentage of the entity's records; the larger of the two counts",
  ),
  TANDEM_GUARD_WRITES: setting(
    flag.default(true),
    "Whether a write to Dynamics is refused there when somebody else has changed the record meanwhile",
  ),
  TANDEM_MERGE_IN_DYNAMICS: setting(
    flag.default(false),
    "Whether people who are merged in marketing are merged in Dynamics too, where both have a record of one kind",
  ),
  TANDEM_HISTORY_DAYS: setting(
    count(0, 36_500).default(730),
    "Days for which the history of changes (activities), and what was asked for and has ended, is kept; 0 keeps it for ever",
  ),
  TANDEM_SMTP_URL: setting(
    secret.optional(),
    "Mail server for notices: smtp://user:password@host:port, or smtps://",
  ),
  TANDEM_NOTICE_FROM: setting(z.string().min(1).optional(), "Who sends notices: Tandem <tandem@example.com>"),
  TANDEM_NOTICE_TO: setting(
    z
      .string()
      .transform((text) => text.split(",").flatMap((address) => address.trim() || []))
      .optional(),
    "To whom notices are sent: addresses, separated by commas",
  ),
  TANDEM_NOTICE_WEBHOOK: setting(
    secret.optional(),
    "Address to which notices are posted as JSON; its field `text` is what Slack and Teams show",
  ),
  TANDEM_NOTICE_WEBHOOK_SECRET: setting(
    secret.optional(),
    "Secret that these posts are signed with, as events are: whsec_ and base64",
  ),
  TANDEM_NOTICE_HOUR: setting(
    count(0, 23).default(7),
    "Hour of this machine's time zone at which the daily digest of failures is due",
  ),
  TANDEM_NOTICE_REMINDER_DAYS: setting(
    count(0, 365).default(7),
    "Days after which a notice of what still lasts is told again; 0 for never",
  ),
  TANDEM_SECRET_KEY: setting(
    z
      .base64("write 32 random bytes in base64, as `openssl rand -base64 32` does")
      .refine((text) => Buffer.from(text, "base64").length === 32, "write exactly 32 bytes in base64")
      .transform((text) => new Secret(text))
      .optional(),
    "Key that encrypts secrets in the database (of webhooks): 32 random bytes in base64; without it they are readable there",
  ),
  TANDEM_WEBHOOK_HOSTS: setting(
    names.optional(),
    "Hosts that webhooks may be at, separated by commas; they may be http too. Without it: https anywhere, http on this machine",
  ),
  TANDEM_HOST: setting(z.string().min(1).default("127.0.0.1"), "Address the dashboard listens on: loopback"),
  TANDEM_PORT: setting(count(0, 65_535).default(4600), "Port of dashboard and API; 0 takes a free one"),
  TANDEM_LOG: setting(
    z.enum(["silent", "error", "warn", "info", "debug"]).optional(),
    "How much is logged, as JSON lines on standard error (default warn; silent on a terminal, where people read)",
  ),
  TANDEM_DEMO_RECORDS: setting(count(200, 5_000_000).default(20_000), "Size of the demo organization"),
  TANDEM_DEMO_SELLERS: setting(flag.default(true), "Whether simulated sellers and marketers edit the demo"),
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof SETTINGS;

/** All settings, checked. Absent optional ones are undefined. */
export type Settings = { readonly [Name in SettingName]: z.output<(typeof SETTINGS)[Name]["schema"]> };

/**
 * Reads the settings from the environment. Blank variables count as absent.
 * @throws SyncError `configuration_invalid` naming every setting that is wrong; values are not repeated
 */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const read: Record<string, unknown> = {};
  const wrong: string[] = [];
  for (const [name, { schema }] of Object.entries<Setting>(SETTINGS)) {
    const given = environment[name];
    const parsed = schema.safeParse(given?.trim() === "" ? undefined : given);
    if (parsed.success) read[name] = parsed.data;
    else wrong.push(`${name}: ${[...new Set(parsed.error.issues.map(({ message }) => message))].join("; ")}`);
  }
  for (const name of Object.keys(environment)) {
    if (name.startsWith("TANDEM_") && !(name in SETTINGS) && !name.startsWith("TANDEM_TEST_")) {
      wrong.push(`${name}: there is no such setting${suggestion(name)}`);
    }
  }
  if (wrong.length > 0) throw new SyncError("configuration_invalid", wrong.join("\n"));
  return read as Settings;
}

/** The setting a misspelt name may have meant: the nearest one, where two letters make the difference at most. */
function suggestion(name: string): string {
  const [nearest] = Object.keys(SETTINGS)
    .map((known) => ({ known, far: distance(known, name) }))
    .filter(({ far }) => far <= 2)
    .toSorted((a, b) => a.far - b.far);
  return nearest === undefined ? "" : `; did you mean ${nearest.known}?`;
}

/** Levenshtein distance, for short names. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
