/** An organization without score columns gets them from the script, and from then on scores reach it. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Emulator } from "../../emulators/dataverse/emulator.ts";
import { serve } from "../../emulators/dataverse/serve.ts";
import { openScene, persons } from "../sync/scene.ts";

const SCRIPT = join(import.meta.dirname, "../../deploy/dynamics/make-score-columns.ts");

const COLUMNS = [
  "mkt_lastinterestingmomentdate",
  "mkt_lastinterestingmomentdesc",
  "mkt_lastinterestingmomenttype",
  "mkt_leadinterestingmomentsource",
  "mkt_leadscore",
  "mkt_priority",
  "mkt_relativescore",
  "mkt_urgency",
];

const ON_BOTH = ["contact", "lead"].flatMap((entity) => COLUMNS.map((column) => `${entity}.${column}`));

interface Ran {
  readonly code: number;
  readonly lines: readonly string[];
  readonly errors: string;
}

function run(token: string, ...args: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const env = { ...process.env, DYNAMICS_TOKEN: token };
    execFile(process.execPath, [SCRIPT, ...args], { env }, (error, output, errors) => {
      const lines = output.split("\n").filter((line) => line !== "");
      resolve({ code: error === null ? 0 : Number(error.code), lines: lines.toSorted(), errors });
    });
  });
}

/** A token of the administrator, who is a person and signs in with a password. */
async function adminToken(emulator: Emulator, origin: string): Promise<string> {
  const { tenantId, clientId, clientSecret, username, password } = emulator.authority.credentials;
  const answer = await fetch(`${origin}/${tenantId}/oauth2/v2.0/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "password",
      client_id: clientId,
      client_secret: clientSecret,
      username,
      password,
      scope: `${origin}/.default`,
    }),
  });
  return ((await answer.json()) as { access_token: string }).access_token;
}

test("names what is missing, makes it when asked, and scores travel from then on", async () => {
  const scene = await openScene({ records: 300 });
  const { emulator, sql } = scene;
  for (const entity of ["lead", "contact"]) {
    for (const column of COLUMNS) emulator.schema.removeAttribute(entity, column);
  }
  const served = await serve(emulator);
  const { url } = served;
  const token = await adminToken(emulator, url);
  await scene.sync();
  const [lead = ""] = persons(emulator, "lead");
  const scored =
    "update marketing.people set score = 71, last_interesting_moment_type = 'Web' where crm_id = $1";
  await expect(sql.query(scored, [lead])).rejects.toThrow('column "score"');

  const before = emulator.organization.schemaVersion;
  expect(await run(token, url)).toEqual({
    code: 1,
    lines: ON_BOTH.map((name) => `missing  ${name}`),
    errors: "",
  });
  expect(emulator.organization.schemaVersion).toBe(before);
  expect(await run(token, url, "--make")).toMatchObject({
    code: 0,
    lines: ON_BOTH.map((name) => `made  ${name}`),
  });
  expect(await run(token, url, "--make")).toMatchObject({
    code: 0,
    lines: ["Lead and contact have all score columns."],
  });

  await scene.restart();
  await scene.sync();
  await sql.query(scored, [lead]);
  await scene.sync();
  expect(emulator.store.get("lead", lead)).toMatchObject({
    mkt_leadscore: 71,
    mkt_lastinterestingmomenttype: "Web",
  });
  await served.close();
  await scene.close();
});

test("says why Dynamics refuses, and how it is used", async () => {
  const scene = await openScene({ records: 200 });
  const { emulator } = scene;
  emulator.schema.removeAttribute("contact", "mkt_urgency");
  emulator.access.set(emulator.organization.standard.administrator, "attribute", "Create", "none");
  const served = await serve(emulator);
  const { url } = served;
  const refused = await run(await adminToken(emulator, url), url, "--make");
  expect(refused).toMatchObject({ code: 1, lines: [] });
  expect(refused.errors).toMatch(/^Dynamics answered 403: .*prvCreateAttribute/);
  expect(await run("", url)).toMatchObject({
    code: 2,
    errors: expect.stringMatching(/^Usage: .*--make/) as string,
  });
  await served.close();
  await scene.close();
});
