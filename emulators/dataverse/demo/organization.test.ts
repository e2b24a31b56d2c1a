import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import type { WireRecord } from "../record.ts";
import type { EntityFile } from "../schema.ts";
import { demoOrganization } from "./organization.ts";
import type { DemoBatch } from "./organization.ts";
import { checkOf } from "./schema-check.ts";
import { standardFiles } from "../schema.ts";

const schema = standardFiles();
const demo = demoOrganization({ seed: 7, records: 20_000, schema });
const everything = collect(demo.batches());

function collect(batches: Iterable<DemoBatch>): Map<string, WireRecord[]> {
  const all = new Map<string, WireRecord[]>();
  for (const { entity, records } of batches) all.set(entity, [...(all.get(entity) ?? []), ...records]);
  return all;
}

function of(entity: string): readonly WireRecord[] {
  return everything.get(entity) ?? [];
}

const ids = new Map([...everything.keys()].map((entity) => [entity, byId(entity)]));

function definitionOf(entity: string): EntityFile {
  const all = [...demo.entities, ...schema];
  const definition = all.find((one) => one.logicalName === entity);
  if (definition === undefined) throw new Error(`There is no definition of ${entity}.`);
  return definition;
}

function byId(entity: string, all = everything): ReadonlyMap<string, WireRecord> {
  const key = definitionOf(entity).primaryIdAttribute;
  return new Map((all.get(entity) ?? []).map((record) => [text(record, key), record]));
}

function text(record: WireRecord, name: string): string {
  const value = record[name];
  return typeof value === "string" ? value : "";
}

/** The record behind a lookup. */
function behind(record: WireRecord, name: string): WireRecord | undefined {
  const value = record[name];
  if (typeof value !== "object" || value === null) return undefined;
  return ids.get(value.entity)?.get(value.id);
}

/** The share of records for which something holds. */
function share(records: readonly WireRecord[], holds: (record: WireRecord) => boolean): number {
  return records.filter(holds).length / records.length;
}

function filled(name: string) {
  return (record: WireRecord): boolean => (record[name] ?? null) !== null;
}

describe("a demo organization", () => {
  it("has exactly as many records as were asked for, in the promised proportions", () => {
    const counts = Object.fromEntries([...everything].map(([entity, records]) => [entity, records.length]));
    expect(counts).toEqual({
      businessunit: 3,
      transactioncurrency: 3,
      systemuser: 25,
      team: 6,
      account: 2994,
      contact: 8983,
      lead: 5988,
      opportunity: 1497,
      new_productinterest: 501,
    });
  });

  it("is the same to the byte for the same seed and size, and another for another seed", () => {
    const settings = { seed: 11, records: 2_000, schema };
    const one = demoOrganization(settings);
    const first = JSON.stringify([...one.batches()]);
    expect(JSON.stringify([...one.batches()])).toBe(first);
    expect(JSON.stringify([...demoOrganization(settings).batches()])).toBe(first);
    expect(JSON.stringify([...demoOrganization({ ...settings, seed: 12 }).batches()])).not.toBe(first);
  });

  it("does not mix two readings of the batches that go on at once", () => {
    const small = demoOrganization({ seed: 5, records: 3_000, schema });
    const alone = [...small.batches()];
    const [left, right] = [small.batches()[Symbol.iterator](), small.batches()[Symbol.iterator]()];
    const together = alone.map(() => [left.next().value as unknown, right.next().value as unknown]);
    expect(together).toEqual(alone.map((batch) => [batch, batch]));
  });

  it.each([200, 777, 20_000])("obeys the schema in every attribute of every record, of %i", (records) => {
    const all = collect(demoOrganization({ seed: 7, records, schema }).batches());
    const known = new Set(
      [...all.keys()].flatMap((entity) => [...byId(entity, all).keys()].map((id) => `${entity} ${id}`)),
    );
    const problems = [...all].flatMap(([entity, found]) => {
      const exists = (target: string, id: string): boolean => known.has(`${target} ${id}`);
      const check = checkOf({ definition: definitionOf(entity), exists, use: "stored" });
      return found.flatMap((record) => check(record).map((problem) => `${entity}.${problem}`));
    });
    expect(problems.slice(0, 20)).toEqual([]);
  });

  it("gives every record an id of its own", () => {
    const distinct = new Set([...ids.values()].flatMap((records) => [...records.keys()]));
    expect(distinct.size).toBe(20_000);
  });

  it("starts at once, whatever the size", () => {
    const huge = demoOrganization({ seed: 1, records: 2_000_000_000, schema });
    const entities = huge.batches()[Symbol.iterator]();
    const seen = Array.from({ length: 5 }, () => (entities.next().value as DemoBatch | undefined)?.entity);
    expect(seen).toEqual(["businessunit", "transactioncurrency", "systemuser", "team", "account"]);
  });

  it("keeps no record that was read", () => {
    setFlagsFromString("--expose-gc");
    const collectGarbage = runInNewContext("gc") as () => void;
    const batches = demoOrganization({ seed: 1, records: 1_000_000, schema }).batches()[Symbol.iterator]();
    const heapAfter = (count: number): number => {
      for (let read = 0; read < count; read++) batches.next();
      collectGarbage();
      return process.memoryUsage().heapUsed;
    };
    const early = heapAfter(10);
    expect(heapAfter(40) - early).toBeLessThan(8_000_000);
  });

  it("leaves out what the organization has already, and refers to it", () => {
    const root = {
      businessunit: "11111111-1111-4111-8111-111111111111",
      transactioncurrency: "22222222-2222-4222-8222-222222222222",
    };
    const small = collect(demoOrganization({ seed: 7, records: 500, schema, root }).batches());
    expect(small.get("businessunit")).toHaveLength(2);
    expect(small.get("transactioncurrency")?.map((record) => record["isocurrencycode"])).toEqual([
      "EUR",
      "GBP",
    ]);
    expect(small.get("businessunit")?.[0]?.["parentbusinessunitid"]).toEqual({
      entity: "businessunit",
      id: root.businessunit,
    });
  });

  it("refuses sizes in which not every relation occurs, and schemas without an entity it fills", () => {
    expect(() => demoOrganization({ seed: 1, records: 199, schema })).toThrow("200 or more; not 199");
    expect(() => demoOrganization({ seed: 1, records: 1000.5, schema })).toThrow("1000.5");
    const partial = schema.filter((entity) => entity.logicalName !== "team");
    expect(() => demoOrganization({ seed: 1, records: 1000, schema: partial })).toThrow('no entity "team"');
  });

  it("leaves out attributes that the schema does not have", () => {
    const trimmed = schema.map((entity) => ({
      ...entity,
      attributes: entity.attributes.filter((attribute) => attribute.logicalName !== "jobtitle"),
    }));
    const small = collect(demoOrganization({ seed: 7, records: 500, schema: trimmed }).batches());
    const named = [...small.values()].flat().filter((record) => "jobtitle" in record);
    expect(named).toEqual([]);
  });
});

describe("the people of a demo organization", () => {
  const people = [...of("contact"), ...of("lead")];

  it("have names of many scripts and forms", () => {
    const last = new Set(people.map((record) => text(record, "lastname")));
    const like = (pattern: RegExp): boolean => [...last].some((name) => pattern.test(name));
    const scripts = ["Han", "Hangul", "Cyrillic", "Greek", "Arabic", "Hebrew", "Devanagari"];
    expect(scripts.filter((script) => !like(new RegExp(`\\p{Script=${script}}`, "u")))).toEqual([]);
    expect(like(/^O'/)).toBe(true);
    expect(like(/[äöüßéñłøçığ]/u)).toBe(true);
    expect(like(/\p{L}-\p{L}/u)).toBe(true);
    expect(last.size).toBeGreaterThan(500);
  });

  it("are reached at example domains only", () => {
    const hosts = [...everything.values()].flat().flatMap((record) =>
      Object.entries(record)
        .filter(([name]) => /email|website|domainname/.test(name))
        .map(([, value]) => value)
        .filter((value) => typeof value === "string"),
    );
    expect(hosts.length).toBeGreaterThan(10_000);
    expect(hosts.filter((host) => !/\.example(\/~me)?$/.test(host))).toEqual([]);
  });

  it("have e-mail addresses of their own firm, shared, tagged, or none", () => {
    const employed = of("contact").filter(
      (record) =>
        filled("emailaddress1")(record) && behind(record, "parentcustomerid")?.["accountid"] !== undefined,
    );
    const ofFirm = (record: WireRecord): boolean => {
      const website = text(behind(record, "parentcustomerid") ?? {}, "websiteurl").replace(
        "https://www.",
        "",
      );
      return website === "" || text(record, "emailaddress1").endsWith(`@${website}`);
    };
    expect(share(employed, ofFirm)).toBeGreaterThan(0.98);
    expect(share(people, filled("emailaddress1"))).toBeGreaterThan(0.85);
    expect(share(people, filled("emailaddress1"))).toBeLessThan(0.97);
    expect(
      share(people, (record) => /^(info|sales|office)@/.test(text(record, "emailaddress1"))),
    ).toBeGreaterThan(0.01);
    expect(share(people, (record) => text(record, "emailaddress1").includes("+"))).toBeGreaterThan(0.01);
  });

  it("leave columns empty at various rates", () => {
    const rate = (name: string): number => share(of("contact"), filled(name));
    expect(rate("telephone1")).toBeCloseTo(0.75, 1);
    expect(rate("middlename")).toBeCloseTo(0.12, 1);
    expect(rate("birthdate")).toBeCloseTo(0.2, 1);
    expect(rate("fax")).toBeCloseTo(0.12, 1);
    expect(share(people, (record) => record["new_synctomkto"] === false)).toBeCloseTo(0.12, 1);
  });

  it("carry notes with what breaks naive software, up to the last character that fits", () => {
    const notes = people.map((record) => text(record, "description"));
    const signs = ["\n", "\r\n", "\t", "\\", '"', "'", "🎉", "ご", "\u200b"];
    expect(signs.filter((sign) => !notes.some((note) => note.includes(sign)))).toEqual([]);
    expect(Math.max(...notes.map((note) => note.length))).toBe(2000);
  });
});

describe("the relations of a demo organization", () => {
  it("let qualified leads point to the contact they became, which points back and has their name", () => {
    const qualified = of("lead").filter((record) => record["statecode"] === 1);
    expect(qualified.length).toBeGreaterThan(1000);
    for (const lead of qualified) {
      const contact = behind(lead, "parentcontactid");
      expect(contact && behind(contact, "originatingleadid")).toBe(lead);
    }
    const sameName = (lead: WireRecord): boolean =>
      lead["lastname"] === behind(lead, "parentcontactid")?.["lastname"];
    expect(share(qualified, sameName)).toBeGreaterThan(0.95);
  });

  it("let opportunities come from qualified leads, of accounts or of contacts", () => {
    const deals = of("opportunity");
    const fromLead = deals.filter(filled("originatingleadid"));
    expect(fromLead.length).toBeGreaterThan(800);
    expect(share(fromLead, (deal) => behind(deal, "originatingleadid")?.["statecode"] === 1)).toBe(1);
    expect(
      share(
        fromLead,
        (deal) =>
          behind(deal, "parentcontactid") ===
          behind(behind(deal, "originatingleadid") ?? {}, "parentcontactid"),
      ),
    ).toBe(1);
    expect(share(deals, (deal) => behind(deal, "customerid")?.["contactid"] !== undefined)).toBeGreaterThan(
      0.03,
    );
  });

  it("close deals with an amount and a day, and leave open ones without", () => {
    for (const deal of of("opportunity")) {
      const open = deal["statecode"] === 0;
      expect(filled("actualclosedate")(deal)).toBe(!open);
      expect(filled("actualvalue")(deal)).toBe(!open);
      if (!open) expect(text(deal, "actualclosedate") >= text(deal, "createdon").slice(0, 10)).toBe(true);
    }
  });

  it("make a hierarchy of accounts without circles, with contacts of their own", () => {
    const accounts = of("account");
    const depth = (account: WireRecord): number => {
      const parent = behind(account, "parentaccountid");
      return parent === undefined ? 1 : 1 + depth(parent);
    };
    expect(Math.max(...accounts.map(depth))).toBe(3);
    const led = accounts.filter(filled("primarycontactid"));
    expect(led.length).toBeGreaterThan(2000);
    const belongs = (account: WireRecord): boolean => {
      const primary = behind(account, "primarycontactid") ?? {};
      return behind(primary, "parentcustomerid") === account || !filled("parentcustomerid")(primary);
    };
    expect(share(led, belongs)).toBe(1);
    expect(
      share(of("contact"), (record) => behind(record, "parentcustomerid")?.["contactid"] !== undefined),
    ).toBeGreaterThan(0.02);
  });

  it("make nothing before what it belongs to, nor change it before it was made", () => {
    for (const contact of of("contact")) {
      const account = behind(contact, "parentcustomerid");
      if (account?.["accountid"] === undefined) continue;
      expect(text(contact, "createdon") >= text(account, "createdon")).toBe(true);
    }
    const backwards = [...everything.values()]
      .flat()
      .filter((record) => text(record, "modifiedon") < text(record, "createdon"));
    expect(backwards).toEqual([]);
  });

  it("spread owners over users and teams, money over currencies", () => {
    const owners = of("lead").map((record) => behind(record, "ownerid"));
    expect(share(of("lead"), (record) => behind(record, "ownerid")?.["teamid"] !== undefined)).toBeCloseTo(
      1 / 6,
      1,
    );
    expect(new Set(owners).size).toBe(24 + 6);
    const codes = new Set(
      of("account")
        .filter(filled("revenue"))
        .map((record) => behind(record, "transactioncurrencyid")?.["isocurrencycode"]),
    );
    expect(codes).toEqual(new Set(["EUR", "GBP", "USD"]));
    const users = of("systemuser");
    expect(users.filter((user) => user["isdisabled"] === true)).toHaveLength(3);
    expect(users.filter(filled("applicationid"))).toHaveLength(1);
  });

  it("reach the ends of every range in the custom entity", () => {
    const column = (name: string): Set<unknown> =>
      new Set(of("new_productinterest").map((record) => record[name]));
    for (const number of ["9007199254740993", "9223372036854775807", "-9223372036854775808", "0"]) {
      expect(column("new_externalnumber")).toContain(number);
    }
    expect(column("new_ratio")).toContain("-99999999999.9999999999");
    expect(column("new_budget")).toContain("-922337203685477.0000");
    expect(column("new_products")).toContain("1,2,3,4,5,6,7,8,9,10");
    const unused = definitionOf("new_productinterest").attributes.filter(
      (attribute) =>
        attribute.isValidForUpdate && !of("new_productinterest").some(filled(attribute.logicalName)),
    );
    expect(unused.map((attribute) => attribute.logicalName)).toEqual([]);
  });
});
