import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Scene } from "./scene.ts";
import { openScene, people } from "./scene.ts";

/** People of marketing reach an emulated organization through the real connector: found there, or made. */

let scene: Scene;

beforeEach(async () => {
  scene = await openScene({ records: 200 });
});

afterEach(() => scene.close());

async function add(email: string, more: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const values = { first_name: "Zoë", last_name: "O'Brien", email, ...more };
  const names = Object.keys(values);
  const { rows } = await scene.sql.query<{ id: string }>(
    `insert into marketing.people (${names.join(", ")})
     values (${names.map((_, at) => `$${at + 1}`).join(", ")}) returning id`,
    Object.values(values),
  );
  return rows[0]?.id ?? "";
}

async function ask(id: string, as: "lead" | "contact"): Promise<unknown> {
  const { rows } = await scene.sql.query<{ answer: string }>(
    "select marketing.sync_person($1, $2) as answer",
    [id, as],
  );
  return rows[0]?.answer;
}

interface Row {
  readonly id: string;
  readonly crm_id: string | null;
  readonly crm_type: "lead" | "contact" | null;
  readonly last_name: string | null;
  readonly job_title: string | null;
  readonly owner_crm_id: string | null;
}

async function row(id: string): Promise<Row> {
  const { rows } = await scene.sql.query<Row>("select * from marketing.people where id = $1", [id]);
  const [found] = rows;
  if (found === undefined) throw new Error(`there is no person ${id}`);
  return found;
}

/** Both sides are equal, and a further cycle writes nothing. */
async function expectQuiet(): Promise<void> {
  for (const kind of ["contact", "lead"] as const) {
    const { dynamics, marketing } = await people(scene, kind);
    expect(marketing).toEqual(dynamics);
  }
  expect((await scene.sql.query("select from marketing_sync.pending_changes")).rowCount).toBe(0);
  scene.requests.length = 0;
  const { status } = await scene.sync();
  expect(status.connections[0]?.lastCycle).toMatchObject({ created: 0, updated: 0, pushed: 0, refused: 0 });
  expect(scene.requests.filter((path) => path.includes("$batch"))).toEqual([]);
}

describe("a person who is asked for", () => {
  beforeEach(async () => {
    await scene.sync();
  });

  test("as a lead is one, once, with everything that marketing knows", async () => {
    const id = await add("zoe.o'brien+1@example.com", {
      do_not_email: true,
      lead_source: "Web",
      annual_revenue: "12345.67",
    });
    expect(await ask(id, "lead")).toBe("queued");
    const leads = scene.emulator.store.ids("lead").length;
    expect(await scene.sync()).toMatchObject({ complete: true });
    expect(scene.emulator.store.ids("lead")).toHaveLength(leads + 1);
    const { crm_id, crm_type, owner_crm_id } = await row(id);
    expect(crm_type).toBe("lead");
    expect(owner_crm_id).not.toBeNull();
    expect(scene.emulator.store.get("lead", crm_id ?? "")).toMatchObject({
      firstname: "Zoë",
      lastname: "O'Brien",
      emailaddress1: "zoe.o'brien+1@example.com",
      donotemail: true,
    });
    await expectQuiet();
    expect(await ask(id, "lead")).toBe("already linked");
  });

  test("is owned by the team or the user that was named, the last one that was", async () => {
    const { store } = scene.emulator;
    const [user = ""] = store
      .ids("systemuser")
      .filter((id) => id === scene.emulator.organization.standard.administrator);
    const [team = ""] = store.ids("team");
    const [ann, bob, cat] = [
      await add("ann@example.com"),
      await add("bob@example.com"),
      await add("cat@example.com"),
    ];
    const askFor = (id: string, owner: string | null) =>
      scene.sql.query("select marketing.sync_person($1, 'lead', $2)", [id, owner]);
    await askFor(ann, team);
    await askFor(bob, team);
    await askFor(bob, user);
    await askFor(cat, team);
    await askFor(cat, null);
    await scene.sync();
    const ownerOf = async (id: string) => store.get("lead", (await row(id)).crm_id ?? "")?.["ownerid"];
    expect(await ownerOf(ann)).toEqual({ entity: "team", id: team });
    expect(await ownerOf(bob)).toEqual({ entity: "systemuser", id: user });
    const { applicationUser } = scene.emulator.organization.standard;
    expect(await ownerOf(cat)).toEqual({ entity: "systemuser", id: applicationUser });
    await expectQuiet();
  });

  test("as a contact is a qualified lead, and one person", async () => {
    const id = await add("zoe@example.com", { job_title: "CEO", do_not_email: true });
    await ask(id, "contact");
    const before = [scene.emulator.store.ids("lead").length, scene.emulator.store.ids("contact").length];
    await scene.sync();
    const now = [scene.emulator.store.ids("lead").length, scene.emulator.store.ids("contact").length];
    expect(now).toEqual(before.map((count) => count + 1));
    const { crm_id, crm_type } = await row(id);
    expect(crm_type).toBe("contact");
    expect(scene.emulator.store.get("contact", crm_id ?? "")).toMatchObject({
      lastname: "O'Brien",
      emailaddress1: "zoe@example.com",
      jobtitle: "CEO",
      donotemail: true,
    });
    await expectQuiet();
  });

  test("and is there already is found, whatever marks are in the e-mail", async () => {
    const [lead = ""] = scene.emulator.store.ids("lead").filter((id) => {
      const record = scene.emulator.store.get("lead", id);
      return record?.["statecode"] === 0 && record["merged"] !== true;
    });
    await scene.sql.query("delete from marketing.people where crm_id = $1", [lead]);
    const email = "Anne-Marie.O'Neil&co%20+x@exämple.org";
    scene.emulator.store.update("lead", lead, { emailaddress1: email.toUpperCase() });
    const id = await add(email, { job_title: "CEO" });
    await ask(id, "lead");
    const leads = scene.emulator.store.ids("lead").length;
    await scene.sync();
    expect(await row(id)).toMatchObject({ crm_id: lead, crm_type: "lead", job_title: "CEO" });
    expect(scene.emulator.store.ids("lead")).toHaveLength(leads);
    expect(scene.emulator.store.get("lead", lead)).toMatchObject({ jobtitle: "CEO" });
    await expectQuiet();
  });
});

test.each(["lead", "contact"] as const)(
  "a person who is asked for as a %s takes part in an organization that leaves new records out",
  async (as) => {
    await scene.close();
    scene = await openScene({ records: 200, filter: true });
    await scene.sync();
    const id = await add("zoe@example.com");
    await ask(id, as);
    await scene.sync();
    const { crm_id, crm_type } = await row(id);
    expect(crm_type).toBe(as);
    expect(scene.emulator.store.get(as, crm_id ?? "")).toMatchObject({ new_synctomkto: true });
    scene.emulator.store.update(as, crm_id ?? "", { jobtitle: "CEO" });
    await scene.sync();
    expect(await row(id)).toMatchObject({ crm_type: as, job_title: "CEO" });
  },
);

describe("people that marketing had before the first pull", () => {
  test("are the records with their e-mail, and nobody is doubled", async () => {
    await scene.sql.query("create schema if not exists marketing");
    const emails = scene.emulator.store.ids("contact").flatMap((id) => {
      const record = scene.emulator.store.get("contact", id);
      const email = record?.["emailaddress1"];
      return typeof email === "string" && record?.["statecode"] === 0 && record["merged"] !== true
        ? [email]
        : [];
    });
    const unique = [...new Set(emails)].filter((one) => emails.filter((other) => other === one).length === 1);
    await scene.sync();
    await scene.sql.query("truncate marketing.people restart identity cascade");
    await scene.sql.query(
      "truncate marketing_sync.links, marketing_sync.pending_changes, marketing_sync.moves",
    );
    await scene.sql.query(
      "update marketing_sync.entities set position = null, complete = false, rows = 0, witness_id = null where name in ('lead', 'contact')",
    );
    for (const email of unique) await add(email.toUpperCase(), { job_title: "Kept where Dynamics has none" });
    const requests = scene.requests.length;
    await scene.restart();
    await scene.sync();
    const { rows } = await scene.sql.query<{ linked: number; left: number }>(
      `select count(*) filter (where id <= $1 and crm_type = 'contact')::int as linked,
              count(*) filter (where crm_id is null)::int as left from marketing.people`,
      [unique.length],
    );
    expect(rows).toEqual([{ linked: unique.length, left: 0 }]);
    expect(scene.requests.length - requests).toBeLessThan(200);
    await expectQuiet();
  });
});
