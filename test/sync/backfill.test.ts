import { afterEach, beforeEach, expect, test } from "vitest";
import { App } from "../../src/app/tandem.ts";
import type { BackfillAnswer, BackfillWish } from "../../src/core/backfill.ts";
import { readSettings } from "../../src/config/settings.ts";
import type { Scene } from "./scene.ts";
import { openScene } from "./scene.ts";

/** Values of fields are brought again from an emulated organization, through the real connector. */

let scene: Scene;

beforeEach(async () => {
  scene = await openScene({ records: 300, pageSize: 40 });
  await scene.sync();
  // Somebody's mistake: both columns of everybody have drifted, behind the back of the capture.
  await scene.sql.query(
    `alter table marketing.people disable trigger user;
     update marketing.people set job_title = 'drifted', phone = 'drifted' where crm_type = 'contact';
     alter table marketing.people enable trigger user`,
  );
  scene.requests.length = 0;
});

afterEach(() => scene.close());

/** As `tandem backfill` does, from a process of its own. */
async function ask(wish: Partial<BackfillWish>): Promise<BackfillAnswer> {
  const app = new App("test", () =>
    readSettings({ TANDEM_DATABASE_URL: scene.databaseUrl, TANDEM_LOG: "silent" }),
  );
  return app.runs(
    (desk) =>
      desk.backfill({ entity: "contact", attributes: ["jobtitle"], conditions: {}, records: null, ...wish }),
    new AbortController().signal,
  );
}

interface Row {
  readonly crm_id: string;
  readonly row: string;
  readonly title: string | null;
  readonly phone: string | null;
}

async function contacts(): Promise<readonly Row[]> {
  const { rows } = await scene.sql.query<Row>(
    `select crm_id, id as row, job_title as title, phone from marketing.people
      where crm_type = 'contact' and not crm_deleted order by crm_id`,
  );
  return rows;
}

function inDynamics(id: string): Record<string, unknown> {
  return scene.emulator.store.get("contact", id) ?? {};
}

test("one field of every record is repaired while the others stay as they are (rows 86 and 92)", async () => {
  await ask({});
  const [shown] = (await scene.status()).connections[0]?.backfills ?? [];
  expect(shown).toMatchObject({ entity: "contact", attributes: ["jobtitle"], state: "queued" });
  expect((await scene.sync()).complete).toBe(true);
  for (const { crm_id, title, phone } of await contacts()) {
    expect(title).toBe(inDynamics(crm_id)["jobtitle"] ?? null);
    expect(phone).toBe("drifted");
  }
  expect((await scene.status()).connections[0]?.backfills).toEqual([]);
});

test("several fields of several entities, in commands that wait for each other (row 87)", async () => {
  await ask({ attributes: ["jobtitle", "telephone1"] });
  await ask({ entity: "lead", attributes: ["jobtitle"] });
  expect((await scene.sync()).complete).toBe(true);
  const { rows } = await scene.sql.query("select state from marketing_sync.backfills order by id");
  expect(rows).toEqual([{ state: "done" }, { state: "done" }]);
  const reads = scene.requests.filter((path) => path.includes("$orderby="));
  expect(reads.findLastIndex((path) => path.includes("/contacts?"))).toBeLessThan(
    reads.findIndex((path) => path.includes("/leads?")),
  );
  for (const { crm_id, title, phone } of await contacts()) {
    expect([title, phone]).toEqual([
      inDynamics(crm_id)["jobtitle"] ?? null,
      inDynamics(crm_id)["telephone1"] ?? null,
    ]);
  }
});

test("only records made in a span of time are read, and no others are asked for (row 88)", async () => {
  const made = (await contacts()).map(({ crm_id }) => String(inDynamics(crm_id)["createdon"])).toSorted();
  const [from = "", before = ""] = [made[20], made[60]];
  await ask({ conditions: { created: { from, before } } });
  await scene.sync();
  const filled = (await contacts()).filter(({ title }) => title !== "drifted");
  const wanted = (await contacts()).filter(({ crm_id }) => {
    const at = String(inDynamics(crm_id)["createdon"]);
    return at >= from && at < before;
  });
  expect(filled.map(({ crm_id }) => crm_id)).toEqual(wanted.map(({ crm_id }) => crm_id));
  const { rows } = await scene.sql.query<{ read: string }>("select read from marketing_sync.backfills");
  expect(Number(rows[0]?.read)).toBeGreaterThanOrEqual(wanted.length);
  expect(Number(rows[0]?.read)).toBeLessThan(60);
});

test("records by list, and records that meet a filter in words", async () => {
  const all = await contacts();
  const [first, second] = all;
  await ask({ records: [first?.row ?? "", second?.crm_id ?? ""] });
  await ask({ attributes: ["telephone1"], conditions: { where: "jobtitle is not blank" } });
  await scene.sync();
  const now = await contacts();
  expect(now.filter(({ title }) => title !== "drifted").map(({ crm_id }) => crm_id)).toEqual([
    first?.crm_id,
    second?.crm_id,
  ]);
  for (const { crm_id, phone } of now) {
    const { jobtitle, telephone1: own = null } = inDynamics(crm_id);
    expect(phone).toBe(typeof jobtitle === "string" && jobtitle !== "" ? own : "drifted");
  }
});
