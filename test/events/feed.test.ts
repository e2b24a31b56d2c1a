import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EVENT_RULES, FEED_BEGIN, cursorText } from "../../src/core/event.ts";
import { guid } from "../support/entity.ts";
import type { OpenTransaction } from "./scene.ts";
import { openEventScene } from "./scene.ts";

const rowsOf = (events: readonly { readonly subject: { readonly row: string } }[]): readonly string[] =>
  events.map(({ subject }) => subject.row);

describe("what commits late", () => {
  test("is waited for, and comes in its place", async () => {
    const { begin, tell, read } = await openEventScene();
    await tell({ rowId: "1" });
    const late = await begin();
    await late.tell({ rowId: "2" });
    await tell({ rowId: "3" });
    const before = await read();
    expect(rowsOf(before.events.map(({ event }) => event))).toEqual(["1"]);
    await tell({ rowId: "4" });
    expect((await read({ after: before.cursor })).events).toEqual([]);
    await late.commit();
    const after = await read({ after: before.cursor });
    expect(rowsOf(after.events.map(({ event }) => event))).toEqual(["2", "3", "4"]);
  });

  test("is passed over once it was rolled back, to a savepoint as well", async () => {
    const { begin, tell, read } = await openEventScene();
    const late = await begin();
    await late.query("savepoint before");
    await late.tell({ rowId: "1" });
    await tell({ rowId: "2" });
    expect((await read()).events).toEqual([]);
    await late.query("rollback to before");
    expect(rowsOf((await read()).events.map(({ event }) => event))).toEqual(["2"]);
    await late.tell({ rowId: "3" });
    await tell({ rowId: "4" });
    expect(rowsOf((await read()).events.map(({ event }) => event))).toEqual(["2"]);
    await late.rollback();
    expect(rowsOf((await read()).events.map(({ event }) => event))).toEqual(["2", "4"]);
  });

  test("holds one lock, however much it tells, and no other transaction up", async () => {
    const { begin, tell, rows } = await openEventScene();
    const late = await begin();
    for (let row = 1; row <= 20; row += 1) {
      await late.tell({ rowId: String(row) });
      await tell({ rowId: String(100 + row) });
    }
    const held = await rows<{ locks: string }>(
      `select count(*) as locks from pg_locks join pg_database d on d.oid = database
        where locktype = 'advisory' and datname = current_database()`,
    );
    expect(held).toEqual([{ locks: "1" }]);
  });

  test("a transaction that tells nothing holds nothing back, however long it takes", async () => {
    const { begin, tell, read } = await openEventScene();
    const long = await begin();
    await long.query("create table marketing.of_my_own (id int)");
    await tell({ rowId: "1" });
    expect((await read()).events).toHaveLength(1);
  });

  test("whoever polls meets everything once and in order, however transactions overlap", async () => {
    const { begin, read, rows } = await openEventScene();
    const step = fc.record({
      writer: fc.nat({ max: 3 }),
      act: fc.constantFrom("tell", "tell", "commit", "rollback", "poll"),
    });
    const met: string[] = [];
    let after = FEED_BEGIN;
    const poll = async (): Promise<boolean> => {
      const page = await read({ after, most: 2 });
      met.push(...page.events.map(({ event }) => event.id));
      after = page.cursor;
      return page.more;
    };
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
        const writers = new Map<number, OpenTransaction>();
        for (const { writer, act } of steps) {
          const open = writers.get(writer);
          if (act === "poll") await poll();
          else if (act === "tell") {
            const telling = open ?? (await begin());
            writers.set(writer, telling);
            await telling.tell({});
          } else {
            await open?.[act]();
            writers.delete(writer);
          }
        }
        for (const open of writers.values()) await open.commit();
        while (await poll());
        const kept = await rows<{ id: string }>("select id from marketing.activities order by id");
        expect(met).toEqual(kept.map(({ id }) => `${id}-person-changed`));
      }),
      { numRuns: 60 },
    );
  });
});

describe("a page", () => {
  test("of any size leads to the next, in the middle of an activity too", async () => {
    const { tell, readAll } = await openEventScene();
    const owner = { owner_crm_id: { from: guid(7), to: guid(8) }, last_name: { from: "A", to: "B" } };
    await tell(
      { rowId: "1", changes: owner },
      { rowId: "2", kind: "kept-apart" },
      { rowId: "3", changes: owner },
    );
    const whole = await readAll(100);
    expect(whole.map(({ type, subject }) => `${subject.row} ${type}`)).toEqual([
      "1 person.changed",
      "1 owner.changed",
      "2 kept-apart",
      "3 person.changed",
      "3 owner.changed",
    ]);
    expect(Object.keys(whole[1]?.changes ?? {})).toEqual(["owner_crm_id"]);
    for (const size of [1, 2, 3, 4]) expect(await readAll(size)).toEqual(whole);
    expect(new Set(whole.map(({ id }) => id)).size).toBe(5);
  });

  test("has what was asked for, and moves past what was not", async () => {
    const { tell, read, readAll } = await openEventScene();
    await tell(
      { kind: "created", table: "opportunities", entity: "opportunity" },
      { kind: "changed" },
      { kind: "created", table: "new_order", entity: "new_order" },
      { kind: "changed", table: "companies", entity: "account" },
    );
    expect((await readAll(2)).map(({ type }) => type)).toEqual([
      "opportunity.added",
      "person.changed",
      "record.created",
      "company.changed",
    ]);
    const some = await read({ types: ["company.changed"] });
    expect(some.events.map(({ event }) => event.type)).toEqual(["company.changed"]);
    expect((await read({ tables: ["new_order"] })).events.map(({ event }) => event.subject)).toEqual([
      { table: "new_order", row: "1", crmId: guid(1), entity: "new_order" },
    ]);
    const none = await read({ types: ["person.merged"] });
    expect(none).toMatchObject({ events: [], more: false });
    expect((await read({ after: none.cursor })).events).toEqual([]);
  });

  test("that begins beyond the end stays where it is", async () => {
    const { tell, read } = await openEventScene();
    await tell({});
    const after = { activity: "70", place: 2 };
    expect(await read({ after })).toEqual({ events: [], cursor: after, more: false });
  });
});

test("a cursor leads on in another cluster, to which the database was dumped and restored", async () => {
  const before = await openEventScene();
  for (let row = 1; row <= 5; row += 1) await before.tell({ rowId: String(row) });
  const { cursor } = await before.read({ most: 3 });
  const kept = await before.rows("select to_jsonb(a) as activity from marketing.activities a");
  const after = await openEventScene();
  // As pg_dump does: rows with their ids, in whichever order, then the sequence.
  await after.rows(
    `insert into marketing.activities overriding system value
     select r.* from jsonb_array_elements($1) as kept,
            jsonb_populate_record(null::marketing.activities, kept -> 'activity') as r order by random()`,
    [JSON.stringify(kept)],
  );
  await after.rows("select setval('marketing.activities_id_seq', 5, true)");
  await after.tell({ rowId: "6" });
  expect(rowsOf((await after.read({ after: cursor })).events.map(({ event }) => event))).toEqual([
    "4",
    "5",
    "6",
  ]);
});

test("an opportunity comes with the people it is about", async () => {
  const { database, tables, tell, readAll } = await openEventScene();
  await tell({ kind: "created", table: "opportunities", rowId: "1" });
  expect((await readAll(9))[0]?.people).toEqual([]);
  await tables.prepare("people", []);
  await tables.prepare("opportunities", [{ name: "customer_crm_id", type: "uuid" }]);
  await database.pool.query("insert into marketing.people (crm_id) values ($1)", [guid(5)]);
  await database.pool.query("insert into marketing.opportunities (customer_crm_id) values ($1)", [guid(5)]);
  expect((await readAll(9))[0]?.people).toEqual(["1"]);
});

describe("in SQL", () => {
  interface Polled {
    readonly cursor: string;
    readonly id: string;
    readonly type: string;
    readonly table_name: string;
  }

  test("the same events come with the same cursors", async () => {
    const { tell, read, rows } = await openEventScene();
    for (const { kind } of EVENT_RULES) {
      for (const table of ["people", "companies", "opportunities", "new_order"]) {
        const changes = { owner_crm_id: { from: null, to: guid(3) }, stage: { from: "1", to: "2" } };
        await tell({ kind, table, changes, code: "refused", detail: "so", rule: "r" });
      }
    }
    await tell({ changes: { crm_modified_at: { from: "1", to: "2" } } });
    const { events } = await read({ most: 1_000 });
    expect(events.length).toBeGreaterThan(60);
    const polled = await rows<Record<string, unknown>>("select * from marketing.events_after(null, 1000)");
    expect(
      polled.map(({ at, people, ...row }) => ({ ...row, at: (at as Date).toISOString(), people })),
    ).toEqual(
      events.map(({ cursor, event: { subject, ...event } }) => ({
        cursor: cursorText(cursor),
        ...event,
        table_name: subject.table,
        row_id: subject.row,
        crm_id: subject.crmId,
        entity: subject.entity,
      })),
    );
    const known = await rows("select place, type, kind, subject, columns from event_rules order by place");
    expect(known).toEqual(EVENT_RULES);
  });

  test("polling goes on from the last cursor, with what commits late, and by type", async () => {
    const { begin, tell, rows } = await openEventScene();
    const poll = (cursor: string | null, types: readonly string[] | null = null): Promise<Polled[]> =>
      rows<Polled>("select * from marketing.events_after($1, 2, $2)", [cursor, types]);
    await tell({}, { kind: "merged" }, {});
    const first = await poll(null);
    expect(first.map(({ type }) => type)).toEqual(["person.changed", "person.merged"]);
    const late = await begin();
    await late.tell({ kind: "qualified" });
    await tell({ kind: "deleted" });
    const next = await poll(first[1]?.cursor ?? null);
    expect(next.map(({ type }) => type)).toEqual(["person.changed"]);
    await late.commit();
    const last = await poll(next[0]?.cursor ?? null);
    expect(last.map(({ type }) => type)).toEqual(["person.qualified", "person.deleted"]);
    expect((await poll(null, ["person.deleted"])).map(({ id }) => id)).toEqual(["5-person-deleted"]);
    const [end] = await rows<{ cursor: string }>("select marketing.events_end() as cursor");
    expect(await poll(end?.cursor ?? null)).toEqual([]);
  });

  test("whoever may not read the history may not read events", async () => {
    const { begin, tell } = await openEventScene();
    await tell({});
    const other = await begin();
    const name = `stranger_${Date.now()}`;
    await other.query(`create role ${name}`);
    await other.query(`grant usage on schema marketing to ${name}`);
    await other.query(`set session authorization ${name}`);
    await other.query("savepoint before");
    await expect(other.query("select * from marketing.events_after()")).rejects.toThrow(
      "Only who may read activities",
    );
    await other.query("rollback to before");
    await other.query("reset session authorization");
    await other.query(`grant select on marketing.activities to ${name}`);
    await other.query(`set session authorization ${name}`);
    expect((await other.query("select * from marketing.events_after()")).rowCount).toBe(1);
    await other.query("reset session authorization");
  });

  test("what would leave events out is refused", async () => {
    const { begin, rows } = await openEventScene();
    await expect(rows("select * from marketing.events_after('yesterday')")).rejects.toThrow(
      "This is no cursor",
    );
    const fixed = await begin();
    await fixed.query("set transaction isolation level repeatable read");
    await expect(fixed.query("select * from marketing.events_after()")).rejects.toThrow("read committed");
  });
});
