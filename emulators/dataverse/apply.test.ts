import { beforeAll, describe, expect, it } from "vitest";
import { testClient } from "./test-client.ts";
import type { Seen, TestClient } from "./test-client.ts";

let client: TestClient;
const ANN = "00000000-0000-4000-8000-000000000001";

beforeAll(async () => {
  client = await testClient();
  const { store } = client.emulator;
  store.insertMany("contact", [{ contactid: ANN, firstname: "Ann", lastname: "Lee" }]);
  const primarycontactid = { entity: "contact", id: ANN };
  store.insertMany("account", [
    { name: "A", revenue: "100", numberofemployees: 3, statecode: 0, statuscode: 1, primarycontactid },
    {
      name: "B",
      revenue: "50.55",
      numberofemployees: 4,
      statecode: 0,
      statuscode: 1,
      accountcategorycode: 1,
    },
    {
      name: "a",
      revenue: "0.1",
      statecode: 1,
      statuscode: 2,
      primarycontactid,
      createdon: "2020-05-06T07:08:09Z",
    },
  ]);
});

async function apply(text: string, more = "", prefer = ""): Promise<Seen> {
  return client.get(`accounts?$apply=${encodeURIComponent(text)}${more}`, { prefer });
}

async function value(text: string, more = ""): Promise<unknown> {
  const { status, json, text: body } = await apply(text, more);
  if (status !== 200) throw new Error(body);
  return json["value"];
}

describe("$apply", () => {
  it.each([
    ["aggregate($count as n)", [{ n: 3 }]],
    [
      "aggregate(numberofemployees with sum as total,numberofemployees with average as mean)",
      [{ total: 7, mean: 3 }],
    ],
    ["aggregate(revenue with min as low,revenue with max as high)", [{ low: 0.1, high: 100 }]],
    [
      "aggregate(name with countdistinct as names,primarycontactid/lastname with countdistinct as people)",
      [{ names: 2, people: 1 }],
    ],
    ["aggregate(createdon with min as first)", [{ first: "2020-05-06T07:08:09Z" }]],
    ["groupby((statuscode))", [{ statuscode: 1 }, { statuscode: 2 }]],
    [
      "groupby((statecode,accountcategorycode),aggregate($count as n))",
      [
        { statecode: 0, n: 1 },
        { statecode: 0, accountcategorycode: 1, n: 1 },
        { statecode: 1, n: 1 },
      ],
    ],
    [
      "groupby((primarycontactid/fullname),aggregate(revenue with sum as total))",
      [{ total: 50.55 }, { total: 100.1, contact_fullname: "Ann Lee" }],
    ],
    ["filter(revenue gt 1)/aggregate($count as n)", [{ n: 2 }]],
    ["filter(revenue gt 1)/filter(name eq 'b')/groupby((statecode))", [{ statecode: 0 }]],
    [
      "filter(name eq 'nobody')/aggregate($count as n,revenue with sum as total,revenue with max as most)",
      [{ n: 0, total: 0 }],
    ],
    ["filter(name eq 'nobody')/groupby((statecode))", []],
  ])("%s", async (text, expected) => {
    expect(await value(text)).toEqual(expected);
  });

  it("shows sums and averages of money in nine places, with formatted values", async () => {
    const prefer = 'odata.include-annotations="*"';
    const { text, headers } = await apply("aggregate(revenue with average as mean)", "", prefer);
    expect(text).toContain('"mean@OData.Community.Display.V1.FormattedValue":"$50.22","mean":50.216666667');
    expect(headers.get("preference-applied")).toBe(prefer);
  });

  it("is filtered before, ordered and cut afterwards", async () => {
    const text = "groupby((statuscode),aggregate($count as n))";
    expect(await value(text, "&$filter=name ne 'B'")).toEqual([
      { statuscode: 1, n: 1 },
      { statuscode: 2, n: 1 },
    ]);
    expect(await value(text, "&$orderby=statuscode desc&$top=1")).toEqual([{ statuscode: 2, n: 1 }]);
  });

  it("reads only what the caller may read", async () => {
    const { access, organization } = client.emulator;
    access.set(organization.standard.applicationUser, "account", "Read", "user");
    expect(await value("aggregate($count as n)")).toEqual([{ n: 0 }]);
    access.set(organization.standard.applicationUser, "account", "Read", "global");
  });

  it("stops at 50,000 rows", async () => {
    const many = await testClient();
    many.emulator.store.insertMany(
      "lead",
      Array.from({ length: 50_001 }, () => ({ lastname: "L" })),
    );
    const refused = await many.get("leads?$apply=aggregate($count as n)");
    expect([refused.status, refused.json["error"]?.["code"]]).toEqual([400, "0x8004e023"]);
    const { json } = await many.get("leads?$apply=filter(lastname ne 'L')/aggregate($count as n)");
    expect(json["value"]).toEqual([{ n: 0 }]);
  });

  it.each([
    ["compute(revenue mul 2 as twice)", ""],
    ["aggregate(revenue with median as m)", ""],
    ["aggregate(name with sum as m)", ""],
    ["aggregate(nosuch with sum as m)", ""],
    ["groupby(statuscode)", ""],
    ["groupby((createdon))", ""],
    ["groupby((statuscode))/aggregate($count as n)", ""],
    ["groupby((statuscode))", "&$select=name"],
    ["groupby((statuscode),aggregate($count as n))", "&$orderby=n"],
  ])("refuses %s%s", async (text, more) => {
    const { status, json } = await apply(text, more);
    expect([status, json["error"]?.["code"]]).toEqual([400, "0x80060888"]);
  });
});
