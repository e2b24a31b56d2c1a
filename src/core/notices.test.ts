import { expect, test } from "vitest";
import type {
  FailureGroup,
  Mark,
  NoticeMemory,
  NoticeSnapshot,
  SeenConnection,
  SeenEntity,
  SeenTrouble,
} from "./notice-snapshot.ts";
import type { NoticePlan } from "./notices.ts";
import { planNotices } from "./notices.ts";

const NOON = Date.parse("2026-11-24T12:00:00.000Z");
const MINUTE = 60_000;

const contact: SeenEntity = {
  id: 4,
  name: "contact",
  label: "Contacts",
  table: "people",
  complete: true,
  paused: false,
  rows: 240_518,
  pageAt: "2026-11-24T11:58:30.000Z",
  trouble: null,
  pushTrouble: null,
  setAside: [],
};
const lead: SeenEntity = { ...contact, id: 5, name: "lead", label: "Leads", rows: 1_000 };

const calm: SeenConnection = {
  id: 1,
  name: "dynamics",
  url: "https://contoso.example",
  paused: false,
  trouble: null,
  startedAt: "2026-11-24T10:38:00.000Z",
  undecided: 0,
  entities: [contact, lead],
  backfills: [],
};

function trouble(code: SeenTrouble["code"], message = `${code} it is`): SeenTrouble {
  return { code, message, since: "2026-11-24T11:55:00.000Z" };
}

/** Looks at one state after another, and remembers what a store would. */
class Looks {
  memory: NoticeMemory = { open: [], marks: [] };
  #ids = 0;

  /** @param minute of the day's afternoon */
  at(minute: number, connection: SeenConnection, failures: NoticeSnapshot["failures"] = null): NoticePlan {
    const at = new Date(NOON + minute * MINUTE).toISOString();
    const plan = planNotices({ connections: [connection], failures }, this.memory, at);
    const closed = new Set(plan.close);
    const updates = new Map(plan.update.map(({ id, text }) => [id, text]));
    const opened = plan.open.filter(({ over }) => !over);
    this.memory = {
      open: [
        ...this.memory.open
          .filter(({ id }) => !closed.has(id))
          .map((notice) => ({ ...notice, ...updates.get(notice.id) })),
        ...opened.map(({ over: _over, ...draft }) => ({ ...draft, id: String((this.#ids += 1)) })),
      ],
      marks: [...this.#left(plan), ...plan.mark],
    };
    return plan;
  }

  #left({ mark, unmark }: NoticePlan): readonly Mark[] {
    const gone = new Set([...mark, ...unmark].map(({ kind, subject }) => `${kind} ${subject}`));
    return this.memory.marks.filter(({ kind, subject }) => !gone.has(`${kind} ${subject}`));
  }
}

/** Looks that have told the first copy already. */
function following(connection = calm): Looks {
  const looks = new Looks();
  looks.at(-60, connection);
  return looks;
}

const kinds = (plan: NoticePlan) => plan.open.map(({ kind }) => kind);

test("the first copy is told once, when every entity is complete, with counts and time", () => {
  const looks = new Looks();
  const copying = { ...calm, entities: [contact, { ...lead, complete: false }] };
  expect(kinds(looks.at(0, copying))).toEqual([]);
  const [told] = looks.at(1, calm).open;
  expect(told).toMatchObject({
    kind: "first-sync-finished",
    title: "The first copy is finished: 241,518 records are in marketing.",
    who: "nobody",
    over: true,
  });
  expect(told?.body).toContain("2026-11-24 11:58 UTC: 1 h 20 min.");
  expect(told?.body).toContain("Contacts 240,518, Leads 1,000");
  expect(kinds(looks.at(2, calm))).toEqual([]);
});

test("an entity that waits for a person does not hold the first copy's notice back, and is told when it is copied", () => {
  const looks = new Looks();
  const locked = { ...lead, complete: false, trouble: trouble("permission_missing") };
  const [lost, first] = looks.at(0, { ...calm, entities: [contact, locked] }).open;
  expect(lost?.kind).toBe("permission-lost");
  expect(first?.body).toContain("Not copied, because it waits for a person: Leads.");
  const later = looks.at(30, calm);
  expect(later.open).toMatchObject([
    { kind: "entity-copied", title: "Leads is copied: 1,000 records.", parts: ["lead"] },
  ]);
  expect(later.close).toHaveLength(1);
});

test("a copy that waits for the network to come back is not finished", () => {
  const stuck = { ...lead, complete: false, trouble: trouble("unavailable") };
  expect(kinds(new Looks().at(0, { ...calm, entities: [contact, stuck] }))).toEqual([]);
});

test("a backfill that has ended is told once, with its fields, or with the reason why it could not", () => {
  const backfill = {
    id: "3",
    label: "Contacts",
    table: "people",
    attributes: ["fax", "jobtitle"],
    read: 240_518,
    seconds: 95,
    failure: null,
  };
  const failed = { ...backfill, id: "4", attributes: ["new_tier"], failure: "new_tier: gone from Dynamics." };
  const looks = following();
  const plan = looks.at(0, { ...calm, backfills: [backfill, failed] });
  expect(plan.open).toMatchObject([
    {
      kind: "backfill-finished",
      title: "The backfill of Contacts is finished: fax and jobtitle.",
      body: "240,518 records read in 1 min. The columns in people have the values of Dynamics now, empty ones included.",
      who: "nobody",
    },
    { kind: "backfill-failed", who: "admin" },
  ]);
  expect(plan.open[1]?.body).toContain("new_tier: gone from Dynamics.");
  expect(plan.mark.map(({ kind, subject }) => `${kind} ${subject}`)).toEqual(["backfill 3", "backfill 4"]);
  expect(looks.at(8 * 24 * 60, calm).unmark).toEqual([]);
  expect(looks.at(8 * 24 * 60 + 1, calm).unmark).toHaveLength(2);
});

test("a blip is no notice", () => {
  const looks = following();
  for (const minute of [0, 1, 2, 3, 4]) {
    expect(kinds(looks.at(minute, { ...calm, trouble: trouble("unavailable") }))).toEqual([]);
  }
  expect(kinds(looks.at(5, calm))).toEqual([]);
  expect(kinds(looks.at(6, { ...calm, trouble: trouble("unavailable") }))).toEqual([]);
});

test("a stop that lasts is one notice, whatever reasons take turns, and passes with it", () => {
  const looks = following();
  const reasons = ["unavailable", "throttled"] as const;
  const opened = [0, 1, 2, 3, 4, 5, 6, 7].flatMap((minute) => {
    const plan = looks.at(minute, { ...calm, trouble: trouble(reasons[minute % 2] ?? "throttled") });
    return plan.open.map(({ kind, remedy }) => ({ minute, kind, remedy }));
  });
  expect(opened).toMatchObject([{ minute: 5, kind: "sync-stopped" }]);
  const secret = looks.at(8, { ...calm, trouble: trouble("sign_in_failed") });
  expect(secret.update).toMatchObject([{ grown: true, text: { who: "admin" } }]);
  const back = looks.at(9, { ...calm, trouble: trouble("throttled") });
  expect(back.update).toMatchObject([{ grown: false }]);
  expect(looks.at(10, calm)).toMatchObject({ open: [], update: [] });
  expect(looks.memory.open).toEqual([]);
});

test("a trouble of before Tandem was stopped is given its time anew; an open notice stays", () => {
  const stopped = { ...calm, trouble: trouble("unavailable") };
  const looks = following();
  looks.at(0, stopped);
  expect(kinds(looks.at(120, stopped))).toEqual([]);
  expect(kinds(looks.at(125, stopped))).toEqual(["sync-stopped"]);
  expect(looks.at(300, stopped).close).toEqual([]);
});

test("a connection that people paused has not stopped", () => {
  const looks = following();
  const paused = { ...calm, paused: true, trouble: trouble("sign_in_failed") };
  expect(kinds(looks.at(0, paused))).toEqual([]);
  expect(kinds(looks.at(9, paused))).toEqual([]);
});

test("neither has an entity, and the first copy does not wait for it", () => {
  const paused = { ...lead, complete: false, paused: true, trouble: trouble("permission_missing") };
  expect(kinds(new Looks().at(0, { ...calm, entities: [contact, paused] }))).toEqual(["first-sync-finished"]);
});

test("a permission that is lost is one notice for all entities, grows with a further one, and passes", () => {
  const looks = following();
  const lost = { ...contact, trouble: trouble("permission_missing") };
  const [opened] = looks.at(0, { ...calm, entities: [lost, lead] }).open;
  expect(opened).toMatchObject({
    kind: "permission-lost",
    title: "Tandem may not read Contacts.",
    who: "dynamics-admin",
    parts: ["contact"],
  });
  expect(looks.at(1, { ...calm, entities: [lost, lead] })).toMatchObject({ open: [], update: [], close: [] });
  const both = { ...calm, entities: [lost, { ...lead, trouble: trouble("permission_missing") }] };
  expect(looks.at(2, both).update).toMatchObject([
    { grown: true, text: { title: "Tandem may not read Contacts and Leads." } },
  ]);
  expect(looks.at(3, { ...calm, entities: [lost, lead] }).update).toMatchObject([{ grown: false }]);
  expect(looks.at(4, calm).close).toHaveLength(1);
  expect(looks.memory.open).toEqual([]);
});

test("causes are told apart, on either way", () => {
  const troubled = {
    ...calm,
    entities: [
      { ...contact, trouble: trouble("mass_change"), pushTrouble: trouble("write_permission_missing") },
      { ...lead, trouble: trouble("entity_missing"), pushTrouble: trouble("table_refused") },
    ],
  };
  expect(
    following()
      .at(0, troubled)
      .open.map(({ kind, title }) => [kind, title]),
  ).toEqual([
    ["deletes-held", "The guard holds deletes from Dynamics: Contacts."],
    ["permission-lost", "Tandem may not write Contacts."],
    ["entity-set-aside", "Set aside, because it cannot be read: Leads."],
    ["edits-stopped", "Edits do not reach Dynamics: Leads."],
  ]);
});

test("what holds an entity up and passes by itself is told after an hour", () => {
  const stuck = { ...calm, entities: [contact, { ...lead, trouble: trouble("unexpected_answer") }] };
  const looks = following();
  const told = Array.from({ length: 62 }, (_, minute) => kinds(looks.at(minute, stuck)).length);
  expect(told.indexOf(1)).toBe(60);
  expect(told.reduce((sum, count) => sum + count)).toBe(1);
});

test("fields set aside are one notice for each entity, with the reasons", () => {
  const reason = "Dynamics has no such column any more.";
  const aside = { ...contact, setAside: [{ attribute: "fax", reason }] };
  const looks = following();
  const [opened] = looks.at(0, { ...calm, entities: [aside, lead] }).open;
  expect(opened).toMatchObject({ kind: "field-set-aside", title: "1 field of Contacts set aside: fax." });
  expect(opened?.body).toContain(`fax: ${reason}`);
  expect(opened?.remedy).toContain("tandem fields contact --off fax");
  expect(looks.at(1, calm).close).toHaveLength(1);
});

test("people who wait are one notice, whose number follows", () => {
  const looks = following();
  const [opened] = looks.at(0, { ...calm, undecided: 1 }).open;
  expect(opened?.title).toBe("1 person waits for somebody to decide who they are.");
  expect(looks.at(1, { ...calm, undecided: 3_000 }).update).toMatchObject([
    { grown: false, text: { title: "3,000 people wait for somebody to decide who they are.", count: 3_000 } },
  ]);
});

const refused: FailureGroup = {
  entity: "contact",
  table: "people",
  way: "push",
  code: "value_invalid",
  field: "email",
  count: 12,
  fresh: 5,
  examples: ["17", "23"],
};

test("the digest is one notice for all failures, by cause, and none where nothing failed", () => {
  const looks = following();
  const duplicate = {
    ...refused,
    code: "duplicate_in_dynamics" as const,
    field: null,
    count: 1_200,
    fresh: 0,
  };
  const [digest] = looks.at(0, calm, [refused, duplicate]).open;
  expect(digest).toMatchObject({
    kind: "failures",
    title: "1,212 records wait to be put right, 5 of them new since the last digest.",
    who: "editor",
    count: 1_212,
  });
  const [first = "", second = ""] = digest?.body.split("\n\n") ?? [];
  expect(first).toMatch(/^1,200 × duplicate_in_dynamics: contact to Dynamics\n/);
  expect(second.split("\n")).toEqual([
    "12 × value_invalid: contact to Dynamics, field email, 5 new",
    "A value edited in marketing does not fit its field in Dynamics; the record was not sent.",
    "Rows of people: 17, 23 and 10 more",
    "For whoever edits in marketing: Correct the named field in marketing; the record goes on by itself.",
  ]);
  expect(looks.at(1, calm, [])).toMatchObject({ open: [], mark: [{ kind: "digest" }] });
  expect(looks.at(2, calm, null).mark).toEqual([]);
});

test("looking again at the same state changes nothing", () => {
  const state: SeenConnection = {
    ...calm,
    undecided: 2,
    entities: [
      {
        ...contact,
        trouble: trouble("permission_missing"),
        setAside: [{ attribute: "fax", reason: "Gone." }],
      },
      { ...lead, pushTrouble: trouble("write_permission_missing") },
    ],
  };
  const looks = following();
  expect(looks.at(0, state).open).toHaveLength(4);
  const again = looks.at(1, state);
  expect(again).toEqual({ open: [], update: [], close: [], mark: [], unmark: [] } satisfies NoticePlan);
  expect(looks.memory.open.map(({ kind }) => kind)).toHaveLength(4);
});
