import { describe, expect, it } from "vitest";
import type { WireRecord } from "../../record.ts";
import { demoOrganization } from "../organization.ts";
import { checkOf } from "../schema-check.ts";
import { standardFiles } from "../../schema.ts";
import type { LiveRecords, Operation } from "./operation.ts";
import { runSellers, sellers } from "./sellers.ts";

const schema = standardFiles();
const demo = demoOrganization({ seed: 9, records: 1_500, schema });
const definitions = new Map([...schema, ...demo.entities].map((one) => [one.logicalName, one]));
const NOON = Date.UTC(2026, 10, 2, 12);

/** An organization of maps, in which operations are checked by the schema before they are done. */
class Organization implements LiveRecords {
  readonly records = new Map<string, Map<string, WireRecord>>();
  readonly problems: string[] = [];

  constructor() {
    for (const { entity, records } of demo.batches()) {
      const key = definitions.get(entity)?.primaryIdAttribute ?? "";
      for (const record of records) this.of(entity).set(record[key] as string, record);
    }
  }

  of(entity: string): Map<string, WireRecord> {
    const known = this.records.get(entity) ?? new Map<string, WireRecord>();
    this.records.set(entity, known);
    return known;
  }

  pick(entity: string, fraction: number): string | undefined {
    const ids = [...this.of(entity).keys()];
    return ids[Math.floor(fraction * ids.length)];
  }

  get(entity: string, id: string): WireRecord | undefined {
    return this.of(entity).get(id);
  }

  apply({ kind, entity, id, record, by }: Operation): void {
    const known = this.get(entity, id);
    const exists = (target: string, targetId: string): boolean => this.get(target, targetId) !== undefined;
    const definition = definitions.get(entity);
    if (definition === undefined) throw new Error(`There is no ${entity}.`);
    const check = checkOf({ definition, exists, use: kind === "create" ? "create" : "update" });
    const wrong = [
      ...check(record),
      ...((kind === "create") === (known === undefined) ? [] : ["the record is there, or is not"]),
      ...(kind === "delete" || Object.keys(record).length > 0 ? [] : ["nothing is written"]),
      ...(by === undefined || this.get("systemuser", by)?.["isdisabled"] === true ? ["nobody does it"] : []),
    ];
    this.problems.push(...wrong.map((problem) => `${kind} ${entity}: ${problem}`));
    if (kind === "delete") this.of(entity).delete(id);
    else this.of(entity).set(id, { ...known, ...record });
  }
}

function day(seed: number, acts: number, organization = new Organization()): Operation[] {
  const team = sellers({ seed, schema });
  const done: Operation[] = [];
  for (let turn = 0; turn < acts; turn++) {
    for (const operation of team.act(organization, NOON + turn * 60_000)) {
      done.push(operation);
      organization.apply(operation);
    }
  }
  return done;
}

describe("sellers", () => {
  it("do only what the schema allows, to records that are there, as a user who works", () => {
    const organization = new Organization();
    day(1, 4_000, organization);
    expect(organization.problems).toEqual([]);
  });

  it("mostly edit, seldom delete, and do everything else now and then", () => {
    const done = day(2, 4_000);
    const share = (holds: (operation: Operation) => boolean): number =>
      done.filter(holds).length / done.length;
    expect(share(({ kind }) => kind === "update")).toBeGreaterThan(0.55);
    expect(share(({ kind }) => kind === "delete")).toBeLessThan(0.04);
    expect(share(({ kind }) => kind === "delete")).toBeGreaterThan(0.005);
    expect(share(({ kind }) => kind === "create")).toBeGreaterThan(0.1);
    const assigned = done.filter(({ kind }) => kind === "assign");
    const owners = new Set(assigned.map(({ record }) => (record["ownerid"] as { entity: string }).entity));
    expect(owners).toEqual(new Set(["systemuser", "team"]));
    const touched = new Set(done.map(({ kind, entity }) => `${kind} ${entity}`));
    for (const entity of ["contact", "lead", "opportunity", "account"]) {
      expect(touched).toContain(`create ${entity}`);
      expect(touched).toContain(`update ${entity}`);
    }
    expect(touched).toContain("update new_productinterest");
    expect(touched).not.toContain("delete account");
  });

  it("qualify a lead into a contact with its values that points back, after all that it needs", () => {
    const organization = new Organization();
    const team = sellers({ seed: 3, schema });
    for (let turn = 0; turn < 2_000; turn++) {
      const operations = team.act(organization, NOON);
      const last = operations.at(-1);
      const lead = last === undefined ? undefined : organization.get("lead", last.id);
      for (const operation of operations) organization.apply(operation);
      if (last?.record["statecode"] !== 1 || last.entity !== "lead") continue;
      const contact = operations.find(({ entity }) => entity === "contact");
      expect(lead?.["statecode"]).toBe(0);
      expect(contact?.record["lastname"]).toBe(lead?.["lastname"]);
      expect(contact?.record["originatingleadid"]).toEqual({ entity: "lead", id: last.id });
      expect(last.record["parentcontactid"]).toEqual({ entity: "contact", id: contact?.id });
      return;
    }
    expect.unreachable("no lead was qualified");
  });

  it("repeat a day for the same seed, and not for another", () => {
    expect(day(4, 300)).toEqual(day(4, 300));
    expect(day(5, 300)).not.toEqual(day(4, 300));
  });

  it("enter leads where there is nothing yet", () => {
    const nothing: LiveRecords = { pick: () => undefined, get: () => undefined };
    const operations = sellers({ seed: 6, schema }).act(nothing, NOON);
    expect(operations.length).toBeGreaterThan(0);
    expect(operations.every(({ kind, by }) => kind === "create" && by === undefined)).toBe(true);
  });
});

describe("a day of sellers", () => {
  /** A clock that only sleeping moves. */
  function clock() {
    let time = NOON;
    return {
      now: () => time,
      sleep: (milliseconds: number) => {
        time += milliseconds;
        return Promise.resolve();
      },
    };
  }

  it("has the asked number of acts a minute, in irregular gaps, until it is stopped", async () => {
    const organization = new Organization();
    const stop = new AbortController();
    const { now, sleep } = clock();
    const times = new Set<number>();
    const apply = (operation: Operation): void => {
      organization.apply(operation);
      times.add(now());
      if (now() > NOON + 30 * 60_000) stop.abort();
    };
    const settings = { seed: 7, schema, live: organization, perMinute: 20, signal: stop.signal };
    const done = await runSellers({ ...settings, apply, now, sleep });
    expect(times.size).toBeGreaterThan(500);
    expect(times.size).toBeLessThan(700);
    expect(done).toBeGreaterThan(times.size);
    const moments = [...times];
    const gaps = moments.slice(1).map((time, place) => Math.round(time - (moments[place] ?? 0)));
    expect(new Set(gaps).size).toBeGreaterThan(100);
  });

  it("ends when the signal comes while it waits", async () => {
    const stop = new AbortController();
    const sleep = (): Promise<void> => {
      stop.abort();
      return Promise.reject(new Error("The wait was cut short."));
    };
    const settings = { seed: 7, schema, live: new Organization(), perMinute: 1, signal: stop.signal };
    const apply = (): void => expect.unreachable("nothing is done after the end");
    await expect(runSellers({ ...settings, apply, now: clock().now, sleep })).resolves.toBe(0);
  });

  it("ends with what an operation throws", async () => {
    const settings = { seed: 7, schema, live: new Organization(), perMinute: 1, ...clock() };
    const apply = (): Promise<void> => Promise.reject(new Error("The organization is full."));
    const running = runSellers({ ...settings, apply, signal: new AbortController().signal });
    await expect(running).rejects.toThrow("full");
  });
});
