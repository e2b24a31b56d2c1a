/**
 * Marketing writers and sellers edit the same few people at once while cycles run and processes end. Whatever happens
 * in which order, both sides are equal in the end, and no edit is lost that nobody contradicts.
 */
import { Client, DatabaseError } from "pg";
import { expect, onTestFinished, test } from "vitest";
import { guid } from "../support/entity.ts";
import { passTime, pendingChanges, told } from "./edits.ts";
import type { World } from "./world.ts";
import { CONTACT, LEAD, openWorld } from "./world.ts";

const PEOPLE = 12;
const CYCLES = 25;
const WRITERS = 4;

type Chance = (below: number) => number;

/** Numbers that look random and are the same for a seed (mulberry32). */
function chance(seed: number): Chance {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** What a side does to a name: it counts up, so that the last value tells whether any edit before it was lost. */
interface Crowd {
  readonly marketing: readonly ("first_name" | "last_name")[];
  readonly sellers: readonly ("firstname" | "lastname")[];
}

const APART: Crowd = { marketing: ["last_name"], sellers: ["firstname"] };
const TOGETHER: Crowd = { marketing: ["first_name", "last_name"], sellers: ["firstname", "lastname"] };

test.each([1, 2, 3])("a crowd that edits the same fields ends equal (seed %d)", async (seed) => {
  const { world } = await meet(TOGETHER, seed);
  await expectEqual(world);
});

test.each([4, 5, 6])(
  "a crowd in which each side has its own fields loses nothing (seed %d)",
  async (seed) => {
    const { world, edits } = await meet(APART, seed);
    await expectEqual(world);
    const [sums] = await world.rows<{ marketing: number; sellers: number }>(
      "select sum(last_name::int)::int as marketing, sum(first_name::int)::int as sellers from marketing.people",
    );
    expect(sums).toEqual(edits);
    expect(await told(world, "conflict")).toEqual([]);
  },
);

interface Edits {
  readonly marketing: number;
  readonly sellers: number;
}

/** Lets the crowd loose until all have done their edits, then waits for quiet. */
async function meet(crowd: Crowd, seed: number): Promise<{ readonly world: World; readonly edits: Edits }> {
  const world = await openWorld(LEAD, CONTACT);
  for (let id = 1; id <= PEOPLE; id += 1) {
    world.source.put(entityOf(id), id, { firstname: "0", lastname: "0" });
  }
  await world.cycle();
  const pick = chance(seed);
  const seller = new Seller(world, crowd, pick);
  const seeds = Array.from({ length: WRITERS }, (_, at) => seed * 100 + at);
  const writing = Promise.all(seeds.map((own) => write(world, crowd, chance(own))));
  endNowAndThen(world, seller, pick);
  let ended = 0;
  for (let cycle = 0; cycle < CYCLES; cycle += 1) {
    seller.sell();
    await passTime(world);
    const settings = { pushSize: 1 + pick(6), pageSize: 1 + pick(4) };
    await world.cycle(settings).catch((error: unknown) => {
      if (!(error instanceof Ended)) throw error;
      ended += 1;
      world.restart();
    });
  }
  const written = await writing;
  expect(ended).toBeGreaterThan(0);
  await quiet(world);
  const marketing = written.reduce((sum, edits) => sum + edits, 0);
  return { world, edits: { marketing, sellers: seller.edits } };
}

/** A process that ended in the middle of its work. */
class Ended extends Error {}

function endNowAndThen(world: World, seller: Seller, pick: Chance): void {
  const perhaps = (): void => {
    if (pick(6) === 0) throw new Ended("ended");
  };
  world.sink.before = () => seller.sell();
  world.sink.after = () => {
    seller.sell();
    perhaps();
  };
  world.faults = { afterNote: perhaps, beforeSettle: perhaps, afterSettle: perhaps, afterApply: perhaps };
}

const entityOf = (id: number): "contact" | "lead" => (id % 2 === 0 ? "contact" : "lead");

class Seller {
  readonly #world: World;
  readonly #crowd: Crowd;
  readonly #pick: Chance;
  edits = 0;

  constructor(world: World, crowd: Crowd, pick: Chance) {
    this.#world = world;
    this.#crowd = crowd;
    this.#pick = pick;
  }

  sell(): void {
    const id = 1 + this.#pick(PEOPLE);
    const name = this.#crowd.sellers[this.#pick(this.#crowd.sellers.length)] ?? "firstname";
    const now = this.#world.source.records(entityOf(id)).get(guid(id))?.fields[name];
    this.#world.source.put(entityOf(id), id, { [name]: String(Number(now) + 1) });
    this.edits += 1;
  }
}

/** One person of marketing, on a session of their own. Returns how many rows were edited for good. */
async function write(world: World, { marketing }: Crowd, pick: Chance): Promise<number> {
  const client = new Client({ connectionString: world.connectionString });
  await client.connect();
  onTestFinished(() => client.end());
  let edits = 0;
  for (let edit = 0; edit < CYCLES * 3; edit += 1) {
    const column = marketing[pick(marketing.length)] ?? "last_name";
    const ids = Array.from({ length: pick(5) === 0 ? 5 : 1 }, () => guid(1 + pick(PEOPLE)));
    await client.query("begin");
    const text = `update marketing.people set ${column} = (${column}::int + 1)::text where crm_id = any($1)`;
    const edited = await client.query(text, [ids]).then(({ rowCount }) => rowCount ?? 0, unlessCollided);
    const kept = pick(6) > 0;
    await client.query(kept ? "commit" : "rollback");
    if (kept) edits += edited;
  }
  return edits;
}

/** Two who edit several rows in different orders may wait for each other; PostgreSQL ends one of them. */
function unlessCollided(error: unknown): number {
  if (error instanceof DatabaseError && error.code === "40P01") return 0;
  throw error;
}

async function quiet(world: World): Promise<void> {
  world.sink.before = () => undefined;
  world.sink.after = () => undefined;
  world.faults = {};
  for (let cycle = 0; cycle < 8; cycle += 1) {
    await passTime(world);
    const { counts } = await world.cycle();
    if (counts.pushed + counts.updated + counts.unchanged === 0) return;
  }
  throw new Error("it never became quiet");
}

async function expectEqual(world: World): Promise<void> {
  const rows = await world.table<{ crm_id: string; first_name: string; last_name: string }>("people");
  const records = new Map([...world.source.records("lead"), ...world.source.records("contact")]);
  expect(rows).toHaveLength(PEOPLE);
  for (const { crm_id, first_name, last_name } of rows) {
    expect({ firstname: first_name, lastname: last_name }).toEqual(records.get(crm_id)?.fields);
  }
  expect(await pendingChanges(world)).toEqual([]);
}
