import fc from "fast-check";
import { expect, test } from "vitest";
import { guid } from "../support/entity.ts";
import { linkStates, merge, openPeople, qualify } from "./people.ts";
import type { World } from "./world.ts";

/**
 * Random lives of four leads and four contacts. Whatever is qualified, merged, deleted, left out and edited: who is
 * whose person at the end does not depend on the order in which entities are read, on the size of pages, on crashes,
 * nor on how often a feed is told.
 */

type Kind = "lead" | "contact";

/** Something that happens in Dynamics, to one record or two. */
interface Deed {
  readonly deed: keyof typeof DEEDS | "sync";
  readonly kind: Kind;
  readonly one: number;
  readonly other: number;
  readonly name: string | null;
  readonly answer: boolean;
}

type Happening = (world: World, deed: Deed) => void;

/** Does what is possible; the rest Dynamics would refuse. */
const DEEDS = {
  write(world, { kind, one, other, name }) {
    if (fieldsOf(world, kind, one)?.["merged"] === true) return;
    const subject = kind === "lead" ? { subject: name } : {};
    const telephone1 = other > 2 ? String(other) : null;
    world.source.put(kind, number(kind, one), { firstname: name, telephone1, ...subject });
  },
  qualify(world, { one, other }) {
    if (!isOpen(world, "lead", one) || fieldsOf(world, "contact", other) !== undefined) return;
    qualify(world, number("lead", one), number("contact", other));
  },
  merge(world, { kind, one, other }) {
    if (one === other || !isOpen(world, kind, one) || !isOpen(world, kind, other)) return;
    merge(world, kind, { winner: number(kind, one), loser: number(kind, other) });
  },
  remove(world, { kind, one }) {
    if (fieldsOf(world, kind, one) !== undefined) world.source.remove(kind, number(kind, one));
  },
  filter(world, { kind, one, answer }) {
    if (fieldsOf(world, kind, one) === undefined) return;
    world.source.put(kind, number(kind, one), { new_synctomkto: answer });
  },
} as const satisfies Record<string, Happening>;

function fieldsOf({ source }: World, kind: Kind, nth: number) {
  return source.records(kind).get(guid(number(kind, nth)))?.fields;
}

function isOpen(world: World, kind: Kind, nth: number): boolean {
  const fields = fieldsOf(world, kind, nth);
  return fields !== undefined && fields["merged"] !== true && fields["statecode"] !== 1;
}

/** Leads are 1 to 4, contacts 11 to 14. */
function number(kind: Kind, nth: number): number {
  return kind === "lead" ? nth : 10 + nth;
}

const deed: fc.Arbitrary<Deed> = fc.record({
  deed: fc.constantFrom(
    ...(["write", "write", "write", "write", "qualify", "qualify", "merge", "merge"] as const),
    ...(["remove", "filter", "sync", "sync", "sync"] as const),
  ),
  kind: fc.constantFrom<Kind>("lead", "contact"),
  one: fc.integer({ min: 1, max: 4 }),
  other: fc.integer({ min: 1, max: 4 }),
  name: fc.constantFrom("a", "b", "c", null),
  answer: fc.boolean(),
});

const history = fc.array(deed, { minLength: 4, maxLength: 16 });

interface Way {
  readonly entities: readonly ("contact" | "lead")[];
  readonly pageSize: number;
  /** Commit, counted from the first, before or after which the process dies once. */
  readonly crash?: { readonly at: number; readonly when: "before" | "after" };
}

async function live(deeds: readonly Deed[], way: Way): Promise<World> {
  const world = await openPeople();
  crashOnce(world, way);
  for (const each of deeds) {
    if (each.deed === "sync") await settle(world, way);
    else DEEDS[each.deed](world, each);
  }
  await settle(world, way);
  return world;
}

function crashOnce(world: World, { crash }: Way): void {
  if (crash === undefined) return;
  let left = crash.at;
  const die = (when: "before" | "after") => (): void => {
    if (crash.when !== when) return;
    left -= 1;
    if (left === 0) throw new Error("crashed");
  };
  world.faults = { beforeApply: die("before"), afterApply: die("after") };
}

/** Cycles until nothing is left to tell; whoever dies is followed by another. */
async function settle(world: World, { entities, pageSize }: Way): Promise<void> {
  for (;;) {
    world.restart();
    const report = await world.cycle({ entities, pageSize }).catch((error: unknown) => {
      expect(error).toMatchObject({ message: "crashed" });
      return null;
    });
    if (report === null) continue;
    const { created, updated, deleted, pushed, unchanged } = report.counts;
    if (created + updated + deleted + pushed + unchanged === 0) return;
  }
}

/** Everything but row ids and times. */
async function outcome(world: World): Promise<object> {
  const rows = await world.rows(
    `select crm_id, crm_type, crm_deleted, first_name, phone, topic from marketing.people
      order by crm_id`,
  );
  const pending = await world.rows("select agreed from pending_changes");
  return { rows, links: await linkStates(world), pending };
}

const CONTACTS_FIRST: Way = { entities: ["contact", "lead"], pageSize: 2 };

const RUNS = Number(process.env["TANDEM_TEST_LIVES"] ?? "6");

test("the end does not depend on the order of entities, on the size of pages, nor on a crash", async () => {
  const way = fc.record({
    entities: fc.constantFrom<Way["entities"][]>(["contact", "lead"], ["lead", "contact"]),
    pageSize: fc.constantFrom(1, 2, 50),
    crash: fc.record({
      at: fc.integer({ min: 1, max: 12 }),
      when: fc.constantFrom("before" as const, "after" as const),
    }),
  });
  await fc.assert(
    fc.asyncProperty(history, way, async (deeds, other) => {
      const [one, two] = [await live(deeds, CONTACTS_FIRST), await live(deeds, other)];
      expect(await outcome(two)).toEqual(await outcome(one));
    }),
    { numRuns: RUNS },
  );
}, 600_000);

test("telling any part of a feed again changes nothing, not even a row's id", async () => {
  await fc.assert(
    fc.asyncProperty(history, fc.nat(), fc.nat(), async (deeds, contacts, leads) => {
      const world = await live(deeds, CONTACTS_FIRST);
      const everything = async (): Promise<object> => ({
        ...(await outcome(world)),
        people: await world.rows("select id, crm_id from marketing.people order by id"),
        history: await world.rows("select * from marketing.activities order by id"),
      });
      const before = await everything();
      for (const [entity, back] of [
        ["contact", contacts],
        ["lead", leads],
      ] as const) {
        const positions = world.committed.filter(({ entity: { mapping } }) => mapping.entity === entity);
        const changes = positions.filter(({ page }) => page.phase === "changes" || page.last);
        const position = changes[back % Math.max(changes.length, 1)]?.page.next;
        if (position === undefined) continue;
        await world.rows("update entities set position = $1 where name = $2", [position, entity]);
      }
      await settle(world, CONTACTS_FIRST);
      expect(await everything()).toEqual(before);
    }),
    { numRuns: RUNS },
  );
}, 600_000);

test("nobody is lost: every record that takes part is somebody's, and nobody is two", async () => {
  await fc.assert(
    fc.asyncProperty(history, async (deeds) => {
      const world = await live(deeds, CONTACTS_FIRST);
      const rows = await world.rows<{ crm_id: string; crm_type: "lead" | "contact" }>(
        "select crm_id, crm_type from marketing.people where not crm_deleted",
      );
      const persons = new Set(rows.map(({ crm_id: crmId }) => crmId));
      expect(persons.size).toBe(rows.length);
      const states = await linkStates(world);
      for (const entity of ["lead", "contact"] as const) {
        for (const [crmId, { fields }] of world.source.records(entity)) {
          const state = states[`${entity} ${Number.parseInt(crmId.slice(-12), 16)}`];
          const stands = fields["new_synctomkto"] !== false && fields["merged"] !== true;
          if (stands) expect([crmId, state, persons.has(crmId)]).toEqual([crmId, state, state === "l"]);
          if (stands) expect(state).toMatch(/[lm]/);
        }
      }
    }),
    { numRuns: RUNS },
  );
}, 600_000);
