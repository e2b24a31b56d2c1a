/**
 * What every `Sink` promises, as tests to run on each implementation: against an emulator, or an organization that
 * may be written to.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { Attribute, Entity } from "../../src/core/organization.ts";
import type { Source } from "../../src/core/ports.ts";
import type { Outcome, OutValue, Sink, Write } from "../../src/core/sink-port.ts";

/** A reference, as the organization keeps it. */
interface Reference {
  readonly entity: string;
  readonly id: string;
}

/** An organization of its own for each test, which nobody else writes to. */
export interface SinkWorld {
  /** Opens one more sink on the same organization, as after a restart. */
  open(): Source & Sink;
  /** An entity that is empty at first and whose records have an owner and a customer. */
  readonly entity: string;
  /** Attributes of it, by what they hold; texts take 50 characters. */
  readonly attributes: Readonly<
    Record<
      | "text"
      | "other"
      | "yes"
      | "whole"
      | "exact"
      | "choice"
      | "choices"
      | "day"
      | "moment"
      | "owner"
      | "customer",
      string
    >
  >;
  /** Records to refer to. */
  readonly people: Readonly<Record<"account" | "contact" | "user" | "team", Reference>>;
  newId(): string;
  /** Makes a record; returns its id in lower case. */
  insert(text: string): Promise<string>;
  /** Somebody else's edit. */
  change(id: string, text: string): Promise<void>;
  remove(id: string): Promise<void>;
  deactivate(id: string): Promise<void>;
  /** What the organization keeps of an attribute; undefined when there is no such record, null for no value. */
  look(id: string, attribute: string): Promise<unknown>;
  /** How many writes of a record have been carried out, by whomever. */
  carriedOut(id: string): number;
  /** From now on a rule of the organization refuses records with this text. */
  forbid(text: string): void;
  forbidWriting(): void;
  /** The next requests that write break off, before or after they are carried out. */
  breakOff(when: "before" | "after", times: number): void;
  /** The next request that writes is turned away for load. */
  throttle(seconds: number): void;
  /** A lead in its first state. */
  insertLead(): Promise<string>;
  closeLead(id: string): Promise<void>;
  close(): Promise<void>;
}

const NEVER = new AbortController().signal;
const WRITTEN = { kind: "written" } as const;

export function sinkContract(name: string, openWorld: () => Promise<SinkWorld>): void {
  describe(`the sink contract: ${name}`, () => {
    let world: SinkWorld;
    let sink: Source & Sink;
    let entity: Entity;

    beforeEach(async () => {
      world = await openWorld();
      sink = world.open();
      const { entities } = await sink.describe([world.entity], NEVER);
      const found = entities.get(world.entity);
      if (found === undefined) throw new Error(`The world does not describe ${world.entity}.`);
      entity = found;
    });

    afterEach(async () => {
      await sink.close();
      await world.close();
    });

    function attribute(holding: keyof SinkWorld["attributes"]): Attribute {
      const wanted = world.attributes[holding];
      const found = entity.attributes.find((one) => one.name === wanted);
      if (found === undefined) throw new Error(`${world.entity} has no attribute ${wanted}.`);
      return found;
    }

    function plain(
      holding: keyof SinkWorld["attributes"],
      value: string | number | boolean | null,
    ): OutValue {
      return { kind: "value", property: attribute(holding).property, value };
    }

    function reference(holding: "owner" | "customer", target: string, id: string | null): OutValue {
      const navigation = attribute(holding).navigation?.[target];
      if (navigation === undefined) throw new Error(`${holding} cannot refer to ${target}.`);
      return { kind: "reference", navigation, target, id };
    }

    const cleared = (value: OutValue): OutValue =>
      value.kind === "reference"
        ? { ...value, id: null }
        : { kind: "value", property: value.property, value: null };

    const text = (value: string): OutValue => plain("text", value);
    const create = (id: string, ...values: OutValue[]): Write => ({
      kind: "create",
      id,
      guard: null,
      values,
    });
    const update = (id: string, guard: string | null, ...values: OutValue[]): Write => ({
      kind: "update",
      id,
      guard,
      values,
    });
    const remove = (id: string, guard: string | null): Write => ({ kind: "delete", id, guard, values: [] });

    async function write(...writes: Write[]): Promise<Outcome[]> {
      const outcomes = await sink.write(entity, writes, NEVER);
      expect([...outcomes.keys()].sort()).toEqual(writes.map(({ id }) => id).sort());
      return writes.map(({ id }) => outcomes.get(id) ?? { kind: "unknown", detail: "no outcome" });
    }

    async function only(one: Write): Promise<Outcome | undefined> {
      return (await write(one))[0];
    }

    async function versionOf(id: string): Promise<string> {
      return (await sink.versions(entity, [id], NEVER)).get(id) ?? "none";
    }

    const textOf = async (id: string): Promise<unknown> => world.look(id, world.attributes.text);

    async function inserted(count: number): Promise<string[]> {
      const ids: string[] = [];
      for (let place = 0; place < count; place++) ids.push(await world.insert(`text ${place}`));
      return ids;
    }

    describe("conditions", () => {
      it("creates a record under the chosen id and tells its version", async () => {
        const id = world.newId();
        expect(await only(create(id, text("new")))).toEqual({ ...WRITTEN, version: await versionOf(id) });
        expect(await textOf(id)).toBe("new");
      });

      it("does not create over a record that has the id", async () => {
        const id = await world.insert("there");
        expect(await only(create(id, text("new")))).toEqual({ kind: "exists" });
        expect(await textOf(id)).toBe("there");
      });

      it("updates what still has the version of the guard, and tells the new one", async () => {
        const id = await world.insert("old");
        const before = await versionOf(id);
        expect(await only(update(id, before, text("new")))).toEqual({
          ...WRITTEN,
          version: await versionOf(id),
        });
        expect(BigInt(await versionOf(id))).toBeGreaterThan(BigInt(before));
        expect(await textOf(id)).toBe("new");
      });

      it("does not update what somebody changed meanwhile", async () => {
        const id = await world.insert("old");
        const before = await versionOf(id);
        await world.change(id, "theirs");
        expect(await only(update(id, before, text("ours")))).toEqual({ kind: "overtaken" });
        expect(await textOf(id)).toBe("theirs");
      });

      it("updates whatever is there when there is no guard", async () => {
        const id = await world.insert("old");
        await world.change(id, "theirs");
        expect(await only(update(id, null, text("ours")))).toMatchObject(WRITTEN);
        expect(await textOf(id)).toBe("ours");
      });

      it.each([1, 2])("never creates by an update (%i records)", async (count) => {
        const ids = Array.from({ length: count }, () => world.newId());
        for (const guard of [null, "1"]) {
          const outcomes = await write(...ids.map((id) => update(id, guard, text("ours"))));
          expect(outcomes).toEqual(ids.map(() => ({ kind: "gone" })));
        }
        for (const id of ids) expect(await textOf(id)).toBeUndefined();
      });

      it("deletes what is there, in the version of the guard", async () => {
        const [first = "", second = ""] = await inserted(2);
        const stale = await versionOf(first);
        await world.change(first, "theirs");
        expect(await write(remove(first, stale), remove(second, await versionOf(second)))).toMatchObject([
          { kind: "overtaken" },
          WRITTEN,
        ]);
        expect(await textOf(first)).toBe("theirs");
        expect(await textOf(second)).toBeUndefined();
        expect(await write(remove(first, null), remove(second, null))).toMatchObject([
          WRITTEN,
          { kind: "gone" },
        ]);
      });

      it("touches nothing but what it is given", async () => {
        const id = world.newId();
        await write(create(id, text("text"), plain("other", "other"), plain("whole", 7)));
        await write(update(id, await versionOf(id), text("changed")));
        expect(await world.look(id, world.attributes.other)).toBe("other");
        expect(await world.look(id, world.attributes.whole)).toBe(7);
      });

      it("does nothing when there is nothing to write", async () => {
        const before = sink.requests;
        expect((await sink.write(entity, [], NEVER)).size).toBe(0);
        expect(sink.requests).toBe(before);
      });

      it("refuses a record that comes twice before it sends anything", async () => {
        const id = await world.insert("old");
        const twice = sink.write(entity, [update(id, null, text("a")), update(id, null, text("b"))], NEVER);
        await expect(twice).rejects.toThrow("twice");
        expect(await textOf(id)).toBe("old");
      });
    });

    describe("values", () => {
      it.each<[string, keyof SinkWorld["attributes"], string | number | boolean, unknown]>([
        ["0", "whole", 0, 0],
        ["no", "yes", false, false],
        ["yes", "yes", true, true],
        ["a choice", "choice", 2, 2],
        ["several choices", "choices", "1,9", "1,9"],
        ["a day", "day", "1985-03-31", "1985-03-31"],
        ["a moment", "moment", "2026-03-29T01:30:00Z", "2026-03-29T01:30:00Z"],
        ["quotes and lines", "text", `O'Neil "the" \\ one\r\n--batch_x\r\n\r\nnext`, null],
        ["every script", "text", "Łódź 東京 Ωμέγα 👩‍👩‍👧 ‮ \u2028 é", null],
        ["the text null", "text", "null", null],
      ])("carries %s", async (_, holding, value, kept) => {
        const [made, changed] = [world.newId(), await world.insert("before")];
        const written = await write(
          create(made, plain(holding, value)),
          update(changed, await versionOf(changed), plain(holding, value)),
        );
        expect(written).toMatchObject([WRITTEN, WRITTEN]);
        for (const id of [made, changed]) {
          expect(await world.look(id, world.attributes[holding])).toEqual(kept ?? value);
        }
      });

      it.each(["12345678901.0123456789", "-0.0000000001", "0", "100000000000", "0.1"])(
        "carries the digits %s as they are",
        async (digits) => {
          const id = world.newId();
          const { property } = attribute("exact");
          await write(create(id, { kind: "exact", property, digits }));
          const kept = await world.look(id, world.attributes.exact);
          expect(
            String(kept)
              .replace(/(\.\d*?)0+$/u, "$1")
              .replace(/\.$/u, ""),
          ).toBe(digits);
        },
      );

      it("clears every kind of value", async () => {
        const id = world.newId();
        const { account } = world.people;
        const values = [
          text("text"),
          plain("whole", 7),
          plain("choice", 2),
          plain("choices", "1,2"),
          plain("day", "1985-03-31"),
          plain("moment", "2026-03-29T01:30:00Z"),
          { kind: "exact", property: attribute("exact").property, digits: "1.5" } as const,
          reference("customer", account.entity, account.id),
        ];
        await write(create(id, ...values));
        const clearing = update(id, await versionOf(id), ...values.map(cleared));
        expect(await only(clearing)).toMatchObject(WRITTEN);
        const names = ["text", "whole", "choice", "choices", "day", "moment", "exact", "customer"] as const;
        for (const one of names) expect(await world.look(id, world.attributes[one])).toBeNull();
      });

      it("clears a text that becomes empty", async () => {
        const id = await world.insert("old");
        expect(await only(update(id, null, text("")))).toMatchObject(WRITTEN);
        expect((await textOf(id)) ?? "").toBe("");
      });

      it("refers to customers and owners of every kind", async () => {
        const { account, contact, user, team } = world.people;
        const id = await world.insert("old");
        for (const to of [account, contact]) {
          expect(await only(update(id, null, reference("customer", to.entity, to.id)))).toMatchObject(
            WRITTEN,
          );
          expect(await world.look(id, world.attributes.customer)).toEqual(to);
        }
        for (const to of [team, user]) {
          expect(await only(update(id, null, reference("owner", to.entity, to.id)))).toMatchObject(WRITTEN);
          expect(await world.look(id, world.attributes.owner)).toEqual(to);
        }
      });

      it("tells a reference to nothing from a record that is gone", async () => {
        const id = await world.insert("old");
        const nowhere = reference("customer", world.people.account.entity, world.newId());
        expect(await only(update(id, null, nowhere))).toMatchObject({
          kind: "refused",
          code: "write_refused",
          field: world.attributes.customer,
        });
      });
    });

    describe("refusals", () => {
      it("names the field and keeps the value to itself", async () => {
        const id = world.newId();
        const outcome = await only(create(id, text("secret ".repeat(20))));
        expect(outcome).toMatchObject({
          kind: "refused",
          code: "write_refused",
          field: world.attributes.text,
        });
        expect(JSON.stringify(outcome)).not.toContain("secret");
        expect(await textOf(id)).toBeUndefined();
      });

      it.each(["guarded", "unguarded"])("writes 999 of 1,000 when one is refused (%s)", async (how) => {
        const ids = await inserted(1000);
        const guards = await sink.versions(entity, how === "guarded" ? ids : [], NEVER);
        const bad = ids[617] ?? "";
        world.forbid("forbidden");
        const outcomes = await write(
          ...ids.map((id) => update(id, guards.get(id) ?? null, text(id === bad ? "forbidden" : "done"))),
        );
        for (const [place, outcome] of outcomes.entries()) {
          if (ids[place] !== bad) expect(outcome).toMatchObject(WRITTEN);
          else expect(outcome).toMatchObject({ kind: "refused", code: "write_refused" });
        }
        for (const id of ids) {
          expect(await textOf(id)).toBe(id === bad ? "text 617" : "done");
          expect(world.carriedOut(id)).toBe(id === bad ? 1 : 2);
        }
      });

      it("says what is missing when writing is not allowed", async () => {
        const ids = await inserted(3);
        const versions = await sink.versions(entity, ids, NEVER);
        world.forbidWriting();
        for (const guards of [versions, new Map<string, string>()]) {
          const outcomes = await write(...ids.map((id) => update(id, guards.get(id) ?? null, text("ours"))));
          const kinds = outcomes.map((outcome) => (outcome.kind === "refused" ? outcome.code : outcome.kind));
          expect(new Set(kinds)).toEqual(new Set(["write_permission_missing"]));
        }
      });
    });

    describe("trouble on the way", () => {
      it.each([1, 30])(
        "says unknown, and repeats nothing, when answers are lost (%i records)",
        async (count) => {
          const ids = await inserted(count);
          for (const when of ["before", "after"] as const) {
            world.breakOff(when, 100);
            for (const guard of [null, "guarded"]) {
              const versions = await sink.versions(entity, ids, NEVER);
              const asked = sink.requests;
              const writes = ids.map((id) => update(id, guard && (versions.get(id) ?? ""), text("ours")));
              const outcomes = await write(...writes);
              expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(["unknown"]));
              expect(sink.requests - asked).toBeLessThanOrEqual(4);
            }
            for (const id of ids) expect(world.carriedOut(id)).toBe(when === "before" ? 1 : 3);
          }
        },
      );

      it("cannot create twice, even when the answer was lost", async () => {
        const ids = [world.newId(), world.newId()];
        const creations = ids.map((id) => create(id, text("new")));
        world.breakOff("after", 1);
        expect(new Set((await write(...creations)).map(({ kind }) => kind))).toEqual(new Set(["unknown"]));
        expect(await write(...creations)).toEqual([{ kind: "exists" }, { kind: "exists" }]);
        for (const id of ids) expect(world.carriedOut(id)).toBe(1);
      });

      it("waits when it is turned away, and writes each record once", async () => {
        const ids = await inserted(30);
        world.throttle(1);
        const outcomes = await write(...ids.map((id) => update(id, null, text("ours"))));
        for (const outcome of outcomes) expect(outcome).toMatchObject(WRITTEN);
        for (const id of ids) expect(world.carriedOut(id)).toBe(2);
      });

      it("stops when it is asked to", async () => {
        const id = await world.insert("old");
        const stopping = sink.write(entity, [update(id, null, text("ours"))], AbortSignal.abort());
        await expect(stopping).rejects.toMatchObject({ code: "stopped" });
        expect(await textOf(id)).toBe("old");
      });
    });

    describe("reading", () => {
      it("reads records by id, as they are now, without those that are gone", async () => {
        const ids = await inserted(450);
        const [first = "", second = ""] = ids;
        await world.remove(second);
        await world.change(first, "changed");
        const records = await sink.read(entity, [...ids, world.newId()], [world.attributes.text], NEVER);
        expect(records.map(({ id }) => id).sort()).toEqual(ids.filter((id) => id !== second).sort());
        const changed = records.find(({ id }) => id === first);
        expect(changed?.fields[world.attributes.text]).toBe("changed");
        expect(changed?.version).toBe(await versionOf(first));
        expect(await sink.read(entity, [], [world.attributes.text], NEVER)).toEqual([]);
      });

      it("reads exact digits and what a reference points at", async () => {
        const id = world.newId();
        const { team } = world.people;
        const { property } = attribute("exact");
        const digits = "12345678901.0123456789";
        await write(
          create(id, { kind: "exact", property, digits }, reference("owner", team.entity, team.id)),
        );
        const names = [world.attributes.exact, world.attributes.owner];
        const [record] = await sink.read(entity, [id], names, NEVER);
        const owner = attribute("owner").property;
        expect(record?.fields[property]).toBe(digits);
        expect(record?.fields[owner]).toBe(team.id);
        expect(record?.fields[`${owner}@Microsoft.Dynamics.CRM.lookuplogicalname`]).toBe(team.entity);
      });

      it("finds records by text, whatever stands in it", async () => {
        const strange = ["O'Neil & Söhne", "100% + more", "a,b) or (1 eq 1", "#?/\\", "日本", "' or ''='"];
        for (const one of strange) await world.insert(one);
        await inserted(20);
        const search = { entity, attribute: world.attributes.text, attributes: [world.attributes.text] };
        const found = await sink.find({ ...search, values: strange }, NEVER);
        expect(found.map(({ fields }) => String(fields[world.attributes.text])).sort()).toEqual(
          [...strange].sort(),
        );
        const loud = await sink.find({ ...search, values: ["O'NEIL & SÖHNE", "", " ", "nobody"] }, NEVER);
        expect(loud).toHaveLength(1);
        expect(await sink.find({ ...search, values: [] }, NEVER)).toEqual([]);
      });

      it("finds every one of many, inactive ones too, each once", async () => {
        const ids = await inserted(250);
        const [first = ""] = ids;
        await world.deactivate(first);
        const values = ids.flatMap((_, place) => [`text ${place}`, `TEXT ${place}`]);
        const search = { entity, attribute: world.attributes.text, values, attributes: [] };
        const found = await sink.find(search, NEVER);
        expect(found.map(({ id }) => id).sort()).toEqual([...ids].sort());
      });
    });

    describe("qualifying", () => {
      it("makes one contact of a lead, however often it is asked", async () => {
        const lead = await world.insertLead();
        const contact = await sink.qualify(lead, NEVER);
        expect(contact).toMatch(/^[0-9a-f-]{36}$/u);
        expect(await sink.qualify(lead, NEVER)).toBe(contact);
      });

      it("finds the contact when the answer is lost", async () => {
        const lead = await world.insertLead();
        world.breakOff("after", 1);
        const contact = await sink.qualify(lead, NEVER);
        expect(await sink.qualify(lead, NEVER)).toBe(contact);
      });

      it("says that it does not know, and can be asked again, when the request was lost", async () => {
        const lead = await world.insertLead();
        world.breakOff("before", 1);
        await expect(sink.qualify(lead, NEVER)).rejects.toMatchObject({ code: "unavailable" });
        expect(await sink.qualify(lead, NEVER)).toMatch(/^[0-9a-f-]{36}$/u);
      });

      it("refuses a lead that was closed without a contact, and one that is gone", async () => {
        const lead = await world.insertLead();
        await world.closeLead(lead);
        await expect(sink.qualify(lead, NEVER)).rejects.toMatchObject({ code: "refused" });
        await expect(sink.qualify(world.newId(), NEVER)).rejects.toMatchObject({ code: "record_gone" });
      });
    });

    describe("merging", () => {
      const merge = (target: string, subordinate: string): Promise<Outcome> =>
        sink.merge(entity, target, subordinate, NEVER);

      const isMerged = async (id: string): Promise<boolean> => (await world.look(id, "merged")) === true;

      it("closes one record, which points to the other, and changes no value", async () => {
        const [target, subordinate] = [await world.insert("stays"), await world.insert("goes")];
        expect(await merge(target, subordinate)).toEqual({ ...WRITTEN, version: null });
        expect(await world.look(subordinate, "masterid")).toMatchObject({ id: target });
        expect([await isMerged(target), await isMerged(subordinate)]).toEqual([false, true]);
        expect([await textOf(target), await textOf(subordinate)]).toEqual(["stays", "goes"]);
      });

      it("does no harm when it is asked again", async () => {
        const [target, subordinate] = [await world.insert("stays"), await world.insert("goes")];
        await merge(target, subordinate);
        expect(await merge(target, subordinate)).toEqual({ ...WRITTEN, version: null });
      });

      it("finds out whether it was done when the answer is lost", async () => {
        const [target, subordinate] = [await world.insert("stays"), await world.insert("goes")];
        world.breakOff("before", 1);
        expect(await merge(target, subordinate)).toMatchObject({ kind: "unknown" });
        expect(await isMerged(subordinate)).toBe(false);
        world.breakOff("after", 1);
        expect(await merge(target, subordinate)).toEqual({ ...WRITTEN, version: null });
      });

      it("refuses a record that is closed, or was merged into another", async () => {
        const [target, subordinate] = [await world.insert("stays"), await world.insert("goes")];
        await world.deactivate(subordinate);
        expect(await merge(target, subordinate)).toMatchObject({ kind: "refused", code: "write_refused" });
        const [other, gone] = [await world.insert("other"), await world.insert("gone")];
        await merge(other, gone);
        expect(await merge(target, gone)).toMatchObject({ kind: "refused" });
      });

      it("says that a record is gone", async () => {
        const [target, subordinate] = [await world.insert("stays"), await world.insert("goes")];
        expect(await merge(world.newId(), subordinate)).toEqual({ kind: "gone" });
        await world.remove(subordinate);
        expect(await merge(target, subordinate)).toEqual({ kind: "gone" });
      });

      it("waits where the caller may not write", async () => {
        const [target, subordinate] = [await world.insert("stays"), await world.insert("goes")];
        world.forbidWriting();
        expect(await merge(target, subordinate)).toMatchObject({
          kind: "refused",
          code: "write_permission_missing",
        });
      });
    });

    it("counts its requests, those that write among them", async () => {
      const id = await world.insert("old");
      const before = sink.requests;
      await write(update(id, await versionOf(id), text("new")));
      expect(sink.requests - before).toBe(2);
    });
  });
}
