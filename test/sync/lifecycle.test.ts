import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Scene } from "./scene.ts";
import { openScene } from "./scene.ts";
import { mergeRecords, qualifyLead } from "./seller.ts";

/** The life of a person on an emulated organization, whose own rules qualify, merge, cascade and assign. */

let scene: Scene;

beforeEach(async () => {
  scene = await openScene({ filter: true });
  await scene.sync();
});

afterEach(() => scene.close());

interface Person {
  readonly id: string;
  readonly crm_id: string;
  readonly crm_type: string;
  readonly crm_deleted: boolean;
  readonly last_name: string | null;
  readonly topic: string | null;
  readonly person_status: string | null;
  readonly owner_crm_id: string | null;
  readonly owner_crm_type: string | null;
}

async function rows<T extends object>(sql: string, values: readonly unknown[] = []): Promise<T[]> {
  return (await scene.sql.query<T>(sql, [...values])).rows;
}

async function person(crmId: string): Promise<Person | undefined> {
  const [found] = await rows<Person>("select * from marketing.people where crm_id = $1", [crmId]);
  return found;
}

/** People in Dynamics of whom marketing has a row. */
async function some(kind: "contact" | "lead", condition = "true"): Promise<readonly Person[]> {
  return rows<Person>(
    `select * from marketing.people where crm_type = '${kind}' and not crm_deleted and ${condition} order by crm_id`,
  );
}

async function count(): Promise<number> {
  const [counted] = await rows<{ people: number }>("select count(*)::int as people from marketing.people");
  return counted?.people ?? 0;
}

describe("after the first copy", () => {
  test("a qualified lead is its contact's person, with what only the lead knew", async () => {
    const { store } = scene.emulator;
    const takesPart = (kind: "contact" | "lead", id: string): boolean =>
      store.get(kind, id)?.["new_synctomkto"] !== false;
    const qualified = store.ids("lead").filter((id) => store.get("lead", id)?.["statecode"] === 1);
    let moved = 0;
    for (const lead of qualified) {
      const { parentcontactid, subject } = store.get("lead", lead) ?? {};
      const contact = (parentcontactid as { id: string }).id;
      if (!takesPart("contact", contact)) continue;
      expect(await person(lead)).toBeUndefined();
      const topic = takesPart("lead", lead) ? (subject ?? null) : null;
      expect(await person(contact)).toMatchObject({ crm_type: "contact", topic });
      if (takesPart("lead", lead)) moved += 1;
    }
    expect(moved).toBeGreaterThan(10);
    const people = (["contact", "lead"] as const).flatMap((kind) =>
      store.ids(kind).filter((id) => takesPart(kind, id)),
    );
    expect(await count()).toBe(people.length - moved);
  });
});

describe("a lead that is qualified in Dynamics", () => {
  test("keeps its row and its unpushed edits, and both sides end equal", async () => {
    const [lead] = await some("lead", "person_status = 'Open'");
    if (lead === undefined) throw new Error("there is no open lead");
    await qualifyLead(scene, lead.crm_id, { account: true });
    // Unless somebody says otherwise, the column's default leaves new contacts out.
    const { parentcontactid } = scene.emulator.store.get("lead", lead.crm_id) ?? {};
    scene.emulator.store.update("contact", (parentcontactid as { id: string }).id, { new_synctomkto: true });
    await scene.sql.query("update marketing.people set last_name = 'Edited' where id = $1", [lead.id]);
    await scene.sync();
    const [row] = await rows<Person>("select * from marketing.people where id = $1", [lead.id]);
    expect(row).toMatchObject({ crm_type: "contact", last_name: "Edited", topic: lead.topic });
    expect(scene.emulator.store.get("contact", row?.crm_id ?? "")).toMatchObject({
      lastname: "Edited",
      originatingleadid: { entity: "lead", id: lead.crm_id },
    });
    expect(await rows("select * from marketing_sync.pending_changes")).toEqual([]);
  });
});

describe("contacts that are merged in Dynamics", () => {
  test("are one person, and what referred to the loser there refers to the winner here", async () => {
    const [winner, loser] = await some(
      "contact",
      "company_crm_type = 'account' and person_status = 'Active'",
    );
    if (winner === undefined || loser === undefined) throw new Error("there are no two contacts");
    const opportunity = scene.emulator.store.create("opportunity", {
      name: "Looms",
      parentcontactid: { entity: "contact", id: loser.crm_id },
    });
    await scene.sync();
    const before = await count();
    await mergeRecords(scene, "contact", {
      winner: winner.crm_id,
      loser: loser.crm_id,
      content: { lastname: "Chosen" },
    });
    await scene.sync();
    expect(await count()).toBe(before - 1);
    expect(await person(loser.crm_id)).toBeUndefined();
    expect(await person(winner.crm_id)).toMatchObject({ id: winner.id, last_name: "Chosen" });
    expect(
      await rows("select primary_contact_crm_id from marketing.opportunities where crm_id = $1", [
        opportunity,
      ]),
    ).toEqual([{ primary_contact_crm_id: winner.crm_id }]);
  });

  test("one after the other, end in the last winner", async () => {
    const [a, b, c] = await some("contact", "person_status = 'Active'");
    if (a === undefined || b === undefined || c === undefined) throw new Error("there are no three contacts");
    await mergeRecords(scene, "contact", { winner: b.crm_id, loser: a.crm_id });
    await mergeRecords(scene, "contact", { winner: c.crm_id, loser: b.crm_id });
    await scene.sync();
    expect(await person(a.crm_id)).toBeUndefined();
    expect(await person(b.crm_id)).toBeUndefined();
    expect(await person(c.crm_id)).toMatchObject({ id: c.id, last_name: c.last_name });
  });
});

describe("what happens to a person in Dynamics without becoming another", () => {
  test("an account that is deleted takes its contacts along: all are flagged", async () => {
    const [found] = await rows<{ company: string }>(
      `select company_crm_id as company from marketing.people
        where company_crm_type = 'account' and not crm_deleted group by 1 having count(*) between 2 and 10
        order by 1 limit 1`,
    );
    const company = found?.company ?? "";
    const its = await some("contact", `company_crm_id = '${company}'`);
    expect(its.length).toBeGreaterThan(1);
    scene.emulator.store.remove("account", company);
    await scene.sync();
    for (const { crm_id: crmId } of its) expect(await person(crmId)).toMatchObject({ crm_deleted: true });
    const accounts = await rows("select crm_deleted from marketing.companies where crm_id = $1", [company]);
    expect(accounts).toEqual([{ crm_deleted: true }]);
  });

  test("is deactivated and reactivated: the status follows, and the person stays", async () => {
    const [contact] = await some("contact", "person_status = 'Active'");
    if (contact === undefined) throw new Error("there is no active contact");
    scene.emulator.store.update("contact", contact.crm_id, { statecode: 1, statuscode: 2 });
    await scene.sync();
    expect(await person(contact.crm_id)).toMatchObject({ person_status: "Inactive", crm_deleted: false });
    scene.emulator.store.update("contact", contact.crm_id, { statecode: 0, statuscode: 1 });
    await scene.sync();
    expect(await person(contact.crm_id)).toMatchObject({ id: contact.id, person_status: "Active" });
  });

  test("is assigned to a user and to a team", async () => {
    const [contact] = await some("contact");
    const [team = ""] = scene.emulator.store.ids("team");
    const user = scene.emulator.store.ids("systemuser").find((id) => id !== contact?.owner_crm_id) ?? "";
    for (const [entity, id] of [
      ["systemuser", user],
      ["team", team],
    ] as const) {
      scene.emulator.store.update("contact", contact?.crm_id ?? "", { ownerid: { entity, id } });
      await scene.sync();
      expect(await person(contact?.crm_id ?? "")).toMatchObject({ owner_crm_id: id, owner_crm_type: entity });
    }
  });

  test("is made anew after it was deleted: somebody else, with a row of their own", async () => {
    const [contact] = await some("contact");
    if (contact === undefined) throw new Error("there is no contact");
    scene.emulator.store.remove("contact", contact.crm_id);
    const again = scene.emulator.store.create("contact", { lastname: contact.last_name });
    await scene.sync();
    expect(await person(contact.crm_id)).toMatchObject({ id: contact.id, crm_deleted: true });
    expect((await person(again))?.id).not.toBe(contact.id);
  });
});

describe("a person that marketing deletes", () => {
  test("stays deleted until Dynamics changes it, and is a new person then", async () => {
    const [contact] = await some("contact");
    if (contact === undefined) throw new Error("there is no contact");
    await scene.sql.query("delete from marketing.people where id = $1", [contact.id]);
    await scene.sync();
    expect(await person(contact.crm_id)).toBeUndefined();
    scene.emulator.store.update("contact", contact.crm_id, { lastname: "Again" });
    await scene.sync();
    expect(await person(contact.crm_id)).toMatchObject({ last_name: "Again" });
    expect((await person(contact.crm_id))?.id).not.toBe(contact.id);
  });
});
