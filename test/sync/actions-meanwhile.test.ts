import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Scene } from "./scene.ts";
import { openScene } from "./scene.ts";
import { qualifyLead } from "./seller.ts";

/** An action is about the record it was asked about: what becomes of the person meanwhile does not turn it on another one. */

let scene: Scene;

beforeEach(async () => {
  scene = await openScene({ records: 200 });
  await scene.sync();
  await scene.sql.query("update marketing_sync.entities set deletes = 'delete' where crm_type is not null");
});

afterEach(() => scene.close());

async function sql<T extends object>(text: string, values: readonly unknown[] = []): Promise<T[]> {
  return (await scene.sql.query<T>(text, [...values])).rows;
}

interface Person {
  readonly id: string;
  readonly crm_id: string;
}

async function persons(type: "contact" | "lead", count: number): Promise<readonly Person[]> {
  return sql(
    "select id, crm_id from marketing.people where crm_type = $1 and not crm_deleted order by id limit $2",
    [type, count],
  );
}

const ENDED = "select state, outcome, detail from marketing_sync.actions order by id";

describe("a delete that was asked for", () => {
  test("does not go on to the person into whom somebody is merged", async () => {
    const [loser, winner] = await persons("contact", 2);
    await sql("select marketing.delete_in_dynamics($1)", [loser?.id]);
    await sql("select * from marketing.merge_people($1, array[$2::bigint])", [winner?.id, loser?.id]);
    await scene.sync();
    expect(scene.emulator.store.get("contact", winner?.crm_id ?? "")).toBeDefined();
    expect(await sql(ENDED)).toMatchObject([{ state: "done", outcome: "kept" }]);
  });

  test("of a lead does not go on to the contact that it becomes", async () => {
    const [lead] = await persons("lead", 1);
    await sql("select marketing.delete_in_dynamics($1)", [lead?.id]);
    await sql("update marketing_sync.actions set retry_at = now() + interval '1 hour'");
    await qualifyLead(scene, lead?.crm_id ?? "", { account: false });
    await scene.sync();
    const [contact] = await sql<Person & { crm_type: string }>(
      "select crm_id, crm_type from marketing.people where id = $1",
      [lead?.id],
    );
    expect(contact?.crm_type).toBe("contact");
    await sql("update marketing_sync.actions set retry_at = null");
    await scene.sync();
    expect(scene.emulator.store.get("contact", contact?.crm_id ?? "")).toBeDefined();
    expect(await sql(ENDED)).toMatchObject([{ state: "done", outcome: "kept" }]);
  });
});

test("the owner who was named last owns the record, also where the record was made with them", async () => {
  const [first, last] = scene.emulator.store.ids("systemuser").filter((id) => {
    const { isdisabled, accessmode } = scene.emulator.store.get("systemuser", id) ?? {};
    return isdisabled !== true && accessmode !== 4;
  });
  const [person] = await sql<Person>(
    "insert into marketing.people (first_name, last_name, email) values ('Ida', 'Lund', 'ida@lund.example') returning id",
  );
  await sql("select marketing.change_owner($1, $2)", [person?.id, first]);
  await sql(
    "update marketing_sync.sync_requests set state = 'parked', code = 'value_missing' where row_id = $1",
    [person?.id],
  );
  await sql("select marketing.change_owner($1, $2)", [person?.id, last]);
  await scene.sync();
  const [made] = await sql<Person>("select crm_id from marketing.people where id = $1", [person?.id]);
  expect(scene.emulator.store.get("lead", made?.crm_id ?? "")).toMatchObject({ ownerid: { id: last } });
});
