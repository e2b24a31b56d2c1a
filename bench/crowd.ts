/**
 * The crowd of a measurement: the process that serves it, and how Tandem and the wall ask it for the same pages.
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { OrganizationReady } from "./organization.ts";
import { query } from "./server.ts";
import type { WallTask } from "./wall.ts";

export interface Crowd extends OrganizationReady {
  readonly pid: number;
  /** Settings with which Tandem reaches it. */
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export interface CrowdSize {
  readonly contacts: number;
  readonly columns: number;
  readonly seed: number;
}

export async function startCrowd({ contacts, columns, seed }: CrowdSize): Promise<Crowd> {
  const words = ["--contacts", String(contacts), "--columns", String(columns), "--seed", String(seed)];
  const child = spawn(process.execPath, [join(import.meta.dirname, "organization.ts"), ...words], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ready = JSON.parse(await firstLine(child)) as OrganizationReady;
  return {
    ...ready,
    pid: child.pid ?? 0,
    environment: {
      TANDEM_DYNAMICS_URL: ready.url,
      TANDEM_DYNAMICS_AUTHORITY: ready.url,
      TANDEM_DYNAMICS_TENANT_ID: ready.tenantId,
      TANDEM_DYNAMICS_CLIENT_ID: ready.clientId,
      TANDEM_DYNAMICS_CLIENT_SECRET: ready.clientSecret,
      // Everybody takes part: the filter would leave out those whose made-up answer is No.
      TANDEM_FILTER_COLUMN: "new_nobodyhasthis",
    },
    async close() {
      child.stdin?.end();
      if (child.exitCode === null) await once(child, "exit");
    },
  };
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error("Its output is not piped.");
  for await (const line of createInterface({ input: child.stdout })) return line;
  throw new Error("The organization ended without a word.");
}

interface FieldRow {
  readonly attribute: string;
  readonly type: string;
  readonly column: string;
  readonly type_column: string | null;
}

const LOOKUPS: ReadonlySet<string> = new Set(["Lookup", "Owner", "Customer"]);
const TARGET = "Microsoft.Dynamics.CRM.lookuplogicalname";

/** What the wall has to do in a database whose fields are switched on: the pages and columns that Tandem has. */
export async function wallTask(
  crowd: Crowd,
  {
    database,
    table,
    pageSize,
  }: { readonly database: string; readonly table: string; readonly pageSize: number },
): Promise<WallTask> {
  const fields = await query<FieldRow>(
    database,
    `select f.attribute, f.type, f.column_name as column, f.type_column
       from marketing_sync.fields f join marketing_sync.entities e on e.id = f.entity_id
      where e.name = 'contact' and f.enabled and f.direction <> 'push' order by f.attribute`,
  );
  const property = ({ attribute, type }: FieldRow): string =>
    LOOKUPS.has(type) ? `_${attribute}_value` : attribute;
  const select = [...new Set(["contactid", ...fields.map(property)])];
  return {
    link: `${crowd.url}/api/data/v9.2/contacts?$select=${select.join(",")}`,
    headers: {
      authorization: `Bearer ${await token(crowd)}`,
      accept: "application/json",
      "accept-encoding": "gzip",
      prefer: `odata.track-changes,odata.maxpagesize=${pageSize},odata.include-annotations="${TARGET}"`,
    },
    database,
    table,
    columns: [
      { column: "crm_id", property: "contactid" },
      ...fields.flatMap((field) => [
        { column: field.column, property: property(field) },
        ...(field.type_column === null
          ? []
          : [{ column: field.type_column, property: `${property(field)}@${TARGET}` }]),
      ]),
    ],
  };
}

async function token({ url, tenantId, clientId, clientSecret }: Crowd): Promise<string> {
  const answer = await fetch(`${url}/${tenantId}/oauth2/v2.0/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "client_credentials",
      client_id: clientId,
      client_secret: clientSecret,
      scope: `${url}/.default`,
    }),
  });
  return ((await answer.json()) as { access_token: string }).access_token;
}
