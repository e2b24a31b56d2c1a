import { randomBytes } from "node:crypto";
import { Client } from "pg";
import { describe, expect, onTestFinished, test } from "vitest";
import type { FirstLink } from "../../src/core/first-link.ts";
import type { Linked, SyncRequest } from "../../src/core/request-port.ts";
import { listRefusals, retryEdits } from "../../src/store/refusals.ts";
import { fileRequest, readRequestStatus } from "../../src/store/request-desk.ts";
import { guid } from "../support/entity.ts";
import type { StoreScene } from "./scene.ts";
import { COLUMNS, CONTACT, openStoreScene, person } from "./scene.ts";

interface Scene extends StoreScene {
  /** People of marketing alone; their rows are numbered from 1. */
  add(...names: readonly string[]): Promise<void>;
  sync(id: number, as?: string): Promise<string>;
  requests(which?: "under-way"): Promise<readonly SyncRequest[]>;
  only(): Promise<SyncRequest>;
  note(request: SyncRequest, first: string): Promise<ReadonlySet<string>>;
  link(link: FirstLink): Promise<Linked>;
  stored(): ReturnType<StoreScene["stored"]>;
  kept(): Promise<Record<string, unknown>[]>;
}

const PUSHED = COLUMNS.map((column) => ({
  ...column,
  policy: { winner: "dynamics", rule: null, optOut: false } as const,
}));

async function opened(): Promise<Scene> {
  const scene = await openStoreScene({
    ...CONTACT,
    fields: CONTACT.fields.map((field) => ({ ...field, direction: "both" })),
  });
  const { store, lease, rows, entity } = scene;
  const requests: Scene["requests"] = (which) =>
    store.requests(lease, { columns: COLUMNS, limit: 10, which: which ?? { after: "0" } });
  return {
    ...scene,
    requests,
    add: async (...names) => {
      for (const name of names) await rows("insert into marketing.people (first_name) values ($1)", [name]);
    },
    sync: async (id, as = "contact") =>
      (await rows<{ answer: string }>("select marketing.sync_person($1, $2) as answer", [id, as]))[0]
        ?.answer ?? "",
    async only() {
      const [request, ...others] = await requests();
      if (request === undefined || others.length > 0) throw new Error("there is not exactly one request");
      return request;
    },
    note: (request, first) =>
      store.noteCreating(lease, [{ request, entity: "contact", sent: new Map([["first_name", first]]) }]),
    link: (link) =>
      store.linkPeople(lease, entity, {
        links: [link],
        rules: { entity: "contact", pulled: COLUMNS, pushed: PUSHED },
        cycle: null,
      }),
    kept: () => rows("select row_id, state, outcome, code, detail from sync_requests order by id"),
  };
}

const cells = (first: string | null): ReadonlyMap<string, string | null> => new Map([["first_name", first]]);

const made = (request: SyncRequest, first: string): FirstLink => ({
  rowId: request.rowId,
  record: { id: request.recordId, version: "9", values: cells(first) },
  sent: cells(first),
  rule: null,
});

describe("marketing.sync_person", () => {
  test("queues a person once, and says so when asked again", async () => {
    const scene = await opened();
    await scene.add("Ann");
    expect(await scene.sync(1, "lead")).toBe("queued");
    expect(await scene.sync(1, "contact")).toBe("already queued");
    const request = await scene.only();
    expect(request).toMatchObject({
      rowId: "1",
      as: "lead",
      state: "queued",
      person: "unlinked",
      making: null,
    });
    expect(request.now).toEqual(
      new Map([
        ["first_name", "Ann"],
        ["score", null],
        ["tags", null],
      ]),
    );
  });

  test("says that a person is linked already, and does nothing", async () => {
    const scene = await opened();
    await scene.apply({ creates: [person(1)] });
    expect(await scene.sync(1)).toBe("already linked");
    expect(await scene.kept()).toEqual([]);
  });

  test("queues a person whose record Dynamics has deleted", async () => {
    const scene = await opened();
    await scene.apply({ creates: [person(1)] });
    await scene.rows("update marketing.people set crm_deleted = true");
    expect(await scene.sync(1)).toBe("queued");
    expect(await scene.only()).toMatchObject({ person: "unlinked" });
  });

  test.each([
    ["nobody of that number", [7, "lead"], "There is no person 7."],
    ["something else than a lead or a contact", [1, "account"], "A person is synced as lead or as contact."],
  ] as const)("refuses %s in plain words", async (_, [id, as], message) => {
    const scene = await opened();
    await scene.add("Ann");
    await expect(scene.sync(id, as)).rejects.toThrow(message);
  });

  test("is for whoever may edit people, and for nobody else", async () => {
    const scene = await opened();
    await scene.add("Ann", "Bob");
    const role = await roleIn(scene);
    await role.owner(`grant usage on schema marketing to ${role.name}`);
    await expect(role.query("select marketing.sync_person(1)")).rejects.toThrow("Only who may edit people");
    await role.owner(`grant select, update on marketing.people to ${role.name}`);
    expect(await role.query("select marketing.sync_person(1) as answer")).toEqual([{ answer: "queued" }]);
    await expect(role.query("select * from marketing_sync.sync_requests")).rejects.toThrow(
      "permission denied",
    );
    await role.query("create temp table sync_requests as select 1 as id");
    expect(await role.query("select marketing.sync_person(2) as answer")).toEqual([{ answer: "queued" }]);
    expect(await scene.kept()).toHaveLength(2);
  });
});

/** A session of a role that may connect and nothing else; it goes with the test. */
async function roleIn({ connectionString, rows }: StoreScene) {
  const name = `tandem_editor_${randomBytes(6).toString("hex")}`;
  await rows(`create role ${name}`);
  const client = new Client({ connectionString });
  onTestFinished(async () => {
    await client.end();
    await rows(`drop owned by ${name}`);
    await rows(`drop role ${name}`);
  });
  await client.connect();
  await client.query(`set session authorization ${name}`);
  return {
    name,
    owner: (sql: string) => rows(sql),
    query: async (sql: string): Promise<unknown[]> => (await client.query<Record<string, unknown>>(sql)).rows,
  };
}

test("a request through the API or a command is the same request", async () => {
  const scene = await opened();
  await scene.add("Ann");
  const { pool } = scene.database;
  const ask = (id: string) => fileRequest(pool, { person: id, as: "lead", owner: guid(3), origin: "api" });
  expect(await ask("1")).toBe("queued");
  expect(await ask("1")).toBe("already queued");
  expect(await ask("2")).toBeNull();
  expect(await scene.only()).toMatchObject({ owner: { id: guid(3), entity: "systemuser" } });
  const status = (id: string) => readRequestStatus(pool, scene.database.workspace, id);
  expect(await status("1")).toMatchObject({
    person: "1",
    as: "lead",
    state: "queued",
    outcome: null,
    crmId: null,
  });
  expect(await status("2")).toBeNull();
});

describe("asking again while it is queued", () => {
  const ask = (scene: Awaited<ReturnType<typeof opened>>, owner: string | null) =>
    fileRequest(scene.database.pool, { person: "1", as: "contact", owner, origin: "api" });

  test.each([guid(4), null])("counts with the owner it names: %s", async (owner) => {
    const scene = await opened();
    await scene.add("Ann");
    await ask(scene, guid(3));
    expect(await ask(scene, owner)).toBe("already queued");
    expect((await scene.only()).owner?.id ?? null).toBe(owner);
  });

  test("leaves nothing of what was read before to be sent", async () => {
    const scene = await opened();
    await scene.add("Ann");
    await ask(scene, guid(3));
    const read = await scene.only();
    await ask(scene, guid(4));
    expect(await scene.note(read, "Ann")).toEqual(new Set());
    const request = await scene.only();
    expect(await scene.note(request, "Ann")).toEqual(new Set([request.id]));
  });

  test("for something else leaves the owner whom somebody named", async () => {
    const scene = await opened();
    await scene.add("Ann");
    await ask(scene, guid(3));
    await scene.rows("select file_request(1, 'lead', null, 'sql')");
    expect(await scene.only()).toMatchObject({ owner: { id: guid(3) } });
  });
});

describe("a creation under way", () => {
  test("keeps its id and what was sent from before the call", async () => {
    const scene = await opened();
    await scene.add("Ann");
    await scene.sync(1);
    const request = await scene.only();
    expect(await scene.note(request, "Ann")).toEqual(new Set([request.id]));
    expect(await scene.requests()).toEqual([]);
    const [again] = await scene.requests("under-way");
    expect(again).toMatchObject({
      state: "creating",
      recordId: request.recordId,
      making: { entity: "contact", sent: cells("Ann") },
    });
    expect(await scene.store.beingMade(scene.lease, [request.recordId, guid(1)])).toEqual(
      new Set([request.recordId]),
    );
  });

  test("is not noted of a row that was edited, linked or deleted since it was read", async () => {
    const scene = await opened();
    await scene.add("Ann", "Bob", "Cat");
    for (const id of [1, 2, 3]) await scene.sync(id);
    const requests = await scene.requests();
    await scene.rows("update marketing.people set first_name = 'Anna' where id = 1");
    await scene.rows("update marketing.people set crm_id = $1 where id = 2", [guid(8)]);
    await scene.rows("delete from marketing.people where id = 3");
    for (const request of requests) expect(await scene.note(request, "x")).toEqual(new Set());
    expect((await scene.requests()).map((one) => one.person)).toEqual(["unlinked", { entity: null }, "gone"]);
  });
});

describe("a person who is linked", () => {
  test("has record, link and history in one go, and the request is over", async () => {
    const scene = await opened();
    await scene.add("Ann");
    await scene.sync(1);
    const request = await scene.only();
    await scene.note(request, "Ann");
    expect(await scene.link(made(request, "Ann"))).toEqual({ rows: new Set(["1"]), refused: new Map() });
    expect(await scene.people()).toMatchObject([
      { crm_id: request.recordId, crm_type: "contact", first_name: "Ann" },
    ]);
    expect(await scene.rows("select crm_id, row_id, version, state from links")).toEqual([
      { crm_id: request.recordId, row_id: "1", version: "8", state: "l" },
    ]);
    expect(await scene.kept()).toMatchObject([{ state: "done", outcome: "created", code: null }]);
    expect(await scene.rows("select kind, crm_id, changes from marketing.activities")).toEqual([
      {
        kind: "created-in-dynamics",
        crm_id: request.recordId,
        changes: { first_name: { from: null, to: "Ann" } },
      },
    ]);
    expect(await scene.stored()).toMatchObject({ rows: 1 });
    expect(await scene.sync(1)).toBe("already linked");
  });

  test("keeps an edit that was made meanwhile, to be sent", async () => {
    const scene = await opened();
    await scene.add("Ann");
    await scene.sync(1);
    const request = await scene.only();
    await scene.note(request, "Ann");
    await scene.rows("update marketing.people set first_name = 'Anna', score = 5 where id = 1");
    await scene.link(made(request, "Ann"));
    expect(await scene.people()).toMatchObject([{ first_name: "Anna", score: 5 }]);
    expect(await scene.rows("select row_id, agreed from pending_changes")).toEqual([
      { row_id: "1", agreed: { first_name: "Ann", score: null } },
    ]);
  });

  test("leaves a tombstone when the row was deleted meanwhile: nobody comes back to life (P9)", async () => {
    const scene = await opened();
    await scene.add("Ann");
    await scene.sync(1);
    const request = await scene.only();
    await scene.note(request, "Ann");
    await scene.rows("delete from marketing.people where id = 1");
    expect(await scene.link(made(request, "Ann"))).toMatchObject({ rows: new Set() });
    expect(await scene.kept()).toMatchObject([{ state: "done", outcome: "gone" }]);
    const links = await scene.store.links(scene.entity, [request.recordId]);
    expect(links.get(request.recordId)).toMatchObject({ state: "tombstone", version: "9" });
    expect(await scene.people()).toEqual([]);
  });

  test("never takes a record that is somebody's", async () => {
    const scene = await opened();
    await scene.apply({ creates: [person(1)] });
    await scene.add("Ann");
    const found = {
      rowId: "2",
      record: { id: guid(1), version: "5", values: cells("X") },
      sent: null,
      rule: "email",
    };
    expect(await scene.link(found)).toMatchObject({ rows: new Set() });
    expect(await scene.rows("select crm_id from marketing.people where id = 2")).toEqual([{ crm_id: null }]);
  });

  test("once had a record that Dynamics deleted: the new one takes its place and what was pending", async () => {
    const scene = await opened();
    await scene.apply({ creates: [person(1, ["Old", "1", null])] });
    await scene.rows("update marketing.people set crm_deleted = true");
    await scene.rows("update links set state = 'd'");
    await scene.rows(
      `insert into pending_changes (connection_id, table_name, row_id, agreed) values ($1, 'people', 1, '{"score": "0"}')`,
      [scene.lease.connectionId],
    );
    await scene.sync(1);
    const request = await scene.only();
    await scene.note(request, "Old");
    await scene.link({
      ...made(request, "Old"),
      sent: new Map([
        ["first_name", "Old"],
        ["score", "1"],
      ]),
    });
    expect(await scene.people()).toMatchObject([{ crm_id: request.recordId, crm_deleted: false }]);
    expect(await scene.rows("select * from pending_changes")).toEqual([]);
    expect((await scene.store.links(scene.entity, [guid(1)])).get(guid(1))).toMatchObject({
      state: "tombstone",
    });
  });

  test("and a person whose row the database refuses to fill part, and the others are linked", async () => {
    const scene = await opened();
    await scene.add("Ann", "Bob", "Cat");
    await scene.rows("alter table marketing.people add check (score < 10)");
    const found = (id: number, score: string): FirstLink => ({
      rowId: String(id),
      record: { id: guid(id), version: "5", values: new Map([["score", score]]) },
      sent: null,
      rule: "email",
    });
    const linked = await scene.store.linkPeople(scene.lease, scene.entity, {
      links: [found(1, "1"), found(2, "99"), found(3, "3")],
      rules: { entity: "contact", pulled: COLUMNS, pushed: PUSHED },
      cycle: null,
    });
    expect(linked.rows).toEqual(new Set(["1", "3"]));
    expect([...linked.refused]).toEqual([["2", expect.stringContaining("people_score_check") as string]]);
    expect(await scene.people()).toMatchObject([{ score: 1 }, { score: 3 }, { crm_id: null, score: null }]);
  });
});

describe("a request that was refused or waits", () => {
  async function parked(): Promise<Scene> {
    const scene = await opened();
    await scene.add("Ann");
    await scene.sync(1);
    await settle(scene, { kind: "parked", code: "value_invalid", field: "first_name", detail: "No." });
    return scene;
  }

  const settle = async (
    scene: Scene,
    fate: Parameters<Scene["store"]["settleRequests"]>[2]["settlements"][number]["fate"],
  ): Promise<void> =>
    scene.store.settleRequests(scene.lease, scene.entity, {
      settlements: [{ request: await scene.only(), fate }],
      cycle: "1",
    });

  test("comes again when the row has changed, and is told once", async () => {
    const scene = await parked();
    expect(await scene.requests()).toEqual([]);
    await scene.rows("update marketing.people set score = 1");
    await settle(scene, { kind: "parked", code: "value_invalid", field: "first_name", detail: "No." });
    expect(await scene.requests()).toEqual([]);
    const told = await scene.rows("select kind, row_id, code, detail from marketing.activities");
    expect(told).toEqual([{ kind: "refused", row_id: "1", code: "value_invalid", detail: "No." }]);
  });

  test("comes again when somebody asks again", async () => {
    const scene = await parked();
    expect(await scene.sync(1, "lead")).toBe("queued");
    expect(await scene.only()).toMatchObject({ state: "queued", as: "lead", attempts: 0 });
  });

  test("is listed among what was refused, and goes on with the others when it is let", async () => {
    const scene = await parked();
    const { pool, workspace } = scene.database;
    expect(await listRefusals(pool, workspace)).toMatchObject([
      { entity: "contact", way: "push", row: "1", crmId: null, code: "value_invalid", field: "first_name" },
    ]);
    expect(await retryEdits(pool, workspace, { code: "write_refused" })).toBe(0);
    expect(await retryEdits(pool, workspace, { entity: "contact" })).toBe(1);
    expect(await scene.only()).toMatchObject({ state: "queued" });
    expect(await listRefusals(pool, workspace)).toEqual([]);
  });

  test("is listed when it waits for a decision, which trying again does not make", async () => {
    const scene = await opened();
    await scene.add("Ann");
    const candidate = { id: guid(7), entity: "contact", name: null, key: "Ann", rowId: null } as const;
    await scene.store.noteMatches(scene.lease, [{ rowId: "1", candidates: [candidate] }]);
    const { pool, workspace } = scene.database;
    expect(await listRefusals(pool, workspace)).toMatchObject([
      { entity: "contact", row: "1", code: "several_matches" },
    ]);
    expect(await retryEdits(pool, workspace, {})).toBe(0);
    expect(await scene.kept()).toMatchObject([{ state: "waiting" }]);
  });

  test("that waits for a moment comes when it has passed", async () => {
    const scene = await opened();
    await scene.add("Ann");
    await scene.sync(1);
    await settle(scene, {
      kind: "later",
      state: "queued",
      code: "throttled",
      detail: "Wait.",
      afterMs: 60_000,
    });
    expect(await scene.requests()).toEqual([]);
    await scene.rows("update sync_requests set retry_at = now()");
    expect(await scene.only()).toMatchObject({ attempts: 1 });
  });

  test("that waits for a decision is over when there is nothing left to decide", async () => {
    const scene = await opened();
    await scene.add("Ann");
    await scene.store.noteMatches(scene.lease, [{ rowId: "1", candidates: [] }]);
    expect(await scene.requests()).toEqual([]);
    await scene.rows("update marketing.people set first_name = 'Anna'");
    expect(await scene.requests()).toEqual([]);
    await scene.rows("delete from marketing.people");
    expect(await scene.only()).toMatchObject({ person: "gone", state: "waiting" });
  });
});

describe("who could be whom", () => {
  test("is asked without regard to case and blanks, of those who are not being made", async () => {
    const scene = await opened();
    await scene.add("o'Brien ", "O'BRIEN", "Obrien");
    await scene.sync(2);
    await scene.note(await scene.only(), "x");
    expect(await scene.store.unlinked(scene.lease, ["first_name"], [" O'Brien"])).toEqual([
      { rowId: "1", values: new Map([["first_name", "o'Brien "]]) },
    ]);
  });

  test("knows whose a record is: a row's, or that of a request under way", async () => {
    const scene = await opened();
    await scene.apply({ creates: [person(1, ["Ann", "1", null])] });
    await scene.add("Bob");
    await scene.sync(2);
    const request = await scene.only();
    await scene.note(request, "Bob");
    expect(await scene.store.owners(scene.lease, [guid(1), request.recordId, guid(9)])).toEqual(
      new Map([
        [guid(1), "1"],
        [request.recordId, "2"],
      ]),
    );
    expect(await scene.store.linked(scene.lease, ["first_name"], ["ann", "bob"])).toEqual([
      { rowId: "1", recordId: guid(1), entity: "contact", values: cells("Ann") },
    ]);
  });

  test("is one question while everybody is linked", async () => {
    const scene = await opened();
    await scene.apply({ creates: [person(1)] });
    expect(await scene.store.hasUnlinked(scene.lease)).toBe(false);
    await scene.add("Ann");
    expect(await scene.store.hasUnlinked(scene.lease)).toBe(true);
  });
});
