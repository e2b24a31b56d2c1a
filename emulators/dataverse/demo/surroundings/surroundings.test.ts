import { describe, expect, it } from "vitest";
import { createEmulator } from "../../emulator.ts";
import type { Emulator } from "../../emulator.ts";
import type { Lookup, WireValue } from "../../record.ts";
import { seedDemo } from "../../seed.ts";
import { checkOf } from "../schema-check.ts";
import { EVENT_ENTITIES } from "./events.ts";
import { seedSurroundings } from "./seed.ts";

type Stored = Readonly<Record<string, WireValue>>;

function organization(records: number, seed = 7): Emulator {
  const emulator = createEmulator({ clock: () => Date.UTC(2026, 10, 2, 12) });
  seedDemo(emulator, { seed, records });
  seedSurroundings(emulator, seed);
  return emulator;
}

const all = ({ store }: Emulator, entity: string): Stored[] =>
  store.ids(entity).map((id) => store.get(entity, id) ?? {});

const behind = ({ store }: Emulator, record: Stored | undefined, name: string): Stored | undefined => {
  const value = record?.[name] as Lookup | undefined;
  return value === undefined ? undefined : store.get(value.entity, value.id);
};

describe("what surrounds the people of a demo organization", () => {
  it("is three levels of custom entities deep: person, registration, event, venue", () => {
    const emulator = organization(2_000);
    const registrations = all(emulator, "new_eventregistration");
    expect(registrations.length).toBeGreaterThan(60);
    for (const one of registrations) {
      const person = behind(emulator, one, "new_contactid") ?? behind(emulator, one, "new_leadid");
      expect(person).toBeDefined();
      const event = behind(emulator, one, "new_eventid");
      expect(behind(emulator, event, "new_venueid")?.["new_city"]).toBeTypeOf("string");
    }
    expect(emulator.store.count("new_event_account")).toBeGreaterThan(2);
  });

  it("has campaigns, most of them open, with lists of contacts and of leads", () => {
    const emulator = organization(2_000);
    const campaigns = all(emulator, "campaign");
    expect(campaigns.filter(({ statecode }) => statecode === 0)).toHaveLength(7);
    expect(campaigns.filter(({ statecode }) => statecode === 1)).toHaveLength(1);
    const members = all(emulator, "listmember");
    const kinds = new Set(members.map(({ entityid }) => (entityid as Lookup).entity));
    expect(kinds).toEqual(new Set(["contact", "lead"]));
    for (const { listid, entityid } of members) {
      const list = behind(emulator, { listid: listid ?? null }, "listid");
      expect(list?.["createdfromcode"]).toBe((entityid as Lookup).entity === "contact" ? 2 : 4);
    }
    expect(emulator.store.count("campaignitem")).toBe(8);
  });

  it("has stakeholders of opportunities, each connection from both of its ends", () => {
    const emulator = organization(2_000);
    const connections = all(emulator, "connection");
    expect(connections.length).toBeGreaterThan(200);
    for (const one of connections) {
      const other = behind(emulator, one, "relatedconnectionid");
      expect([other?.["record1id"], other?.["record2id"]]).toEqual([one["record2id"], one["record1id"]]);
      expect([other?.["record1roleid"], other?.["ismaster"]]).toEqual([
        one["record2roleid"],
        !one["ismaster"],
      ]);
      const role = behind(emulator, one, "record2roleid") ?? behind(emulator, one, "record1roleid");
      expect(role?.["name"]).toBeTypeOf("string");
    }
    const ends = connections.map(({ record1id }) => (record1id as Lookup).entity);
    expect(new Set(ends)).toEqual(new Set(["opportunity", "contact"]));
  });

  it("has teams of several users, each in them once", () => {
    const members = all(organization(300), "teammembership");
    const pairs = members.map(({ teamid, systemuserid }) => JSON.stringify([teamid, systemuserid]));
    expect(new Set(pairs).size).toBe(pairs.length);
    expect(new Set(members.map(({ teamid }) => teamid)).size).toBe(6);
  });

  it("belongs to users and teams", () => {
    const owners = all(organization(4_000), "new_eventregistration").map(({ ownerid }) => ownerid as Lookup);
    const teams = owners.filter(({ entity }) => entity === "team").length;
    expect(teams / owners.length).toBeCloseTo(1 / 6, 1);
    expect(new Set(owners.map(({ id }) => id)).size).toBeGreaterThan(20);
  });

  it.each([200, 2_000])("obeys the schema in every record, of %i", (records) => {
    const emulator = organization(records);
    const exists = (entity: string, id: string): boolean => emulator.store.get(entity, id) !== undefined;
    const problems = EVENT_ENTITIES.flatMap((definition) => {
      const check = checkOf({ definition, exists, use: "stored" });
      return all(emulator, definition.logicalName).flatMap((record) => check(record));
    });
    expect(problems).toEqual([]);
  });

  it("is the same for the same seed, and another for another seed", () => {
    const made = (seed: number): string => {
      const emulator = organization(300, seed);
      const names = [
        "new_venue",
        "new_event",
        "new_eventregistration",
        "campaign",
        "list",
        "connectionrole",
        "connection",
      ];
      return JSON.stringify(
        names.map((name) => all(emulator, name).map((record) => ({ ...record, versionnumber: null }))),
      );
    };
    expect(made(5)).toBe(made(5));
    expect(made(5)).not.toBe(made(6));
  });
});
