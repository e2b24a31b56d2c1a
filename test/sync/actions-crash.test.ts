import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Scene } from "./scene.ts";
import { openScene } from "./scene.ts";

/** A process that ends between a call and what follows from it, and answers that get lost: nothing is done twice. */

let scene: Scene;

beforeEach(async () => {
  scene = await openScene({ records: 200 });
  await scene.sync();
});

afterEach(() => scene.close());

async function sql<T extends object>(text: string, values: readonly unknown[] = []): Promise<T[]> {
  return (await scene.sql.query<T>(text, [...values])).rows;
}

interface Contact {
  readonly id: string;
  readonly crm_id: string;
  readonly owner: string;
}

/** An active contact, and a user who does not own it. */
async function aContact(): Promise<Contact> {
  const [found] = await sql<{ id: string; crm_id: string; owner_crm_id: string }>(
    "select * from marketing.people where crm_type = 'contact' and not crm_deleted order by id limit 1",
  );
  if (found === undefined) throw new Error("there is no contact");
  const { store } = scene.emulator;
  const owner = store.ids("systemuser").find((id) => {
    const { isdisabled, accessmode } = store.get("systemuser", id) ?? {};
    return id !== found.owner_crm_id && isdisabled !== true && accessmode !== 4;
  });
  return { id: found.id, crm_id: found.crm_id, owner: owner ?? "" };
}

/** Ends the process at the moment in which an action would be settled: the settling is undone, the cycle is over. */
async function dyingAtSettle(work: () => Promise<unknown>): Promise<void> {
  await sql(`create function marketing_sync.die() returns trigger language plpgsql
               as $$ begin raise exception 'the process has ended'; end $$`);
  await sql(`create trigger die before update on marketing_sync.actions
               for each row when (new.state = 'done') execute function marketing_sync.die()`);
  await expect(work()).rejects.toThrow("the process has ended");
  await sql("drop function marketing_sync.die() cascade");
  await scene.restart();
}

async function state(id: string): Promise<readonly object[]> {
  return sql("select state, outcome from marketing_sync.actions where row_id = $1 order by id", [id]);
}

const DONE = [{ state: "done", outcome: "done" }];

function tasks(): readonly Readonly<Record<string, unknown>>[] {
  const { store } = scene.emulator;
  return store.ids("task").map((id) => store.get("task", id) ?? {});
}

describe("a process that ends after the call and before what came of it is stored", () => {
  test("leaves one task, with the words that were sent", async () => {
    const { id } = await aContact();
    await sql("select marketing.create_task($1, 'Call {{first_name|them}}')", [id]);
    await dyingAtSettle(() => scene.sync());
    expect(await state(id)).toEqual([{ state: "sent", outcome: null }]);
    const [before, ...more] = tasks();
    expect(more).toEqual([]);
    await sql("update marketing.people set first_name = 'Somebody Else' where id = $1", [id]);
    await scene.sync();
    expect(tasks()).toMatchObject([{ subject: before?.["subject"] }]);
    expect(await state(id)).toEqual(DONE);
  });

  test("leaves one task that is closed when it was wanted closed", async () => {
    const { id } = await aContact();
    await sql("select marketing.create_task($1, 'Called', status => 'Completed')", [id]);
    await dyingAtSettle(() => scene.sync());
    await scene.sync();
    expect(tasks()).toMatchObject([{ statecode: 1, statuscode: 5 }]);
    expect(await state(id)).toEqual(DONE);
  });

  test("gives an owner once", async () => {
    const { id, crm_id, owner } = await aContact();
    await sql("select marketing.change_owner($1, $2)", [id, owner]);
    await dyingAtSettle(() => scene.sync());
    expect(await state(id)).toEqual([{ state: "sent", outcome: null }]);
    const version = scene.emulator.store.get("contact", crm_id)?.["versionnumber"];
    await scene.sync();
    expect(scene.emulator.store.get("contact", crm_id)).toMatchObject({
      ownerid: { entity: "systemuser", id: owner },
      versionnumber: version,
    });
    expect(await state(id)).toEqual(DONE);
    expect(await sql("select owner_crm_id from marketing.people where id = $1", [id])).toEqual([
      { owner_crm_id: owner },
    ]);
  });

  test("deletes once, and knows that it did", async () => {
    const { id, crm_id } = await aContact();
    await sql("update marketing_sync.entities set deletes = 'delete' where name = 'contact'");
    await sql("select marketing.delete_in_dynamics($1)", [id]);
    await dyingAtSettle(() => scene.sync());
    expect(scene.emulator.store.get("contact", crm_id)).toBeUndefined();
    await scene.sync();
    expect(await sql("select state from marketing_sync.actions where row_id = $1", [id])).toEqual([
      { state: "done" },
    ]);
  });
});

describe("an answer that is lost", () => {
  test.each(["before", "after"] as const)("%s the task was made leaves one task", async (when) => {
    const { id } = await aContact();
    await sql("select marketing.create_task($1, 'Call')", [id]);
    scene.emulator.faults.add({
      effect: { type: "reset", when },
      method: "PATCH",
      url: "/tasks\\(",
      times: 1,
    });
    await scene.sync();
    await sql("update marketing_sync.actions set retry_at = now()");
    await scene.sync();
    expect(tasks()).toMatchObject([{ subject: "Call" }]);
    expect(await state(id)).toEqual(DONE);
  });

  test.each(["before", "after"] as const)(
    "%s the owner was given is asked for until it is so",
    async (when) => {
      const { id, crm_id, owner } = await aContact();
      await sql("select marketing.change_owner($1, $2)", [id, owner]);
      scene.emulator.faults.add({
        effect: { type: "reset", when },
        method: "PATCH",
        url: "/contacts\\(",
        times: 1,
      });
      await scene.sync();
      await sql("update marketing_sync.actions set retry_at = now()");
      await scene.sync();
      expect(scene.emulator.store.get("contact", crm_id)).toMatchObject({ ownerid: { id: owner } });
      expect(await state(id)).toEqual(DONE);
    },
  );
});

test("a delete whose answer is lost, and which the feed tells first, is done", async () => {
  const { id, crm_id } = await aContact();
  await sql("update marketing_sync.entities set deletes = 'delete' where name = 'contact'");
  await sql("select marketing.delete_in_dynamics($1)", [id]);
  await dyingAtSettle(() => scene.sync());
  await sql("update marketing_sync.actions set retry_at = now() + interval '1 hour'");
  await scene.sync();
  expect(await sql("select crm_deleted from marketing.people where id = $1", [id])).toEqual([
    { crm_deleted: true },
  ]);
  await sql("update marketing_sync.actions set retry_at = null");
  await scene.sync();
  expect(await state(id)).toEqual(DONE);
  expect(scene.emulator.store.get("contact", crm_id)).toBeUndefined();
});

test("tasks that may not be made wait, are listed, and are made when they may", async () => {
  const { id } = await aContact();
  const { access, organization } = scene.emulator;
  const application = organization.standard.applicationUser;
  access.set(application, "task", "Create", "none");
  await sql("select marketing.create_task($1, 'Call')", [id]);
  await scene.sync();
  expect(await sql("select state, code from marketing.actions where person = $1", [id])).toEqual([
    { state: "queued", code: "write_permission_missing" },
  ]);
  access.set(application, "task", "Create", "global");
  await sql("update marketing_sync.actions set retry_at = now()");
  await scene.sync();
  expect(await state(id)).toEqual(DONE);
});
