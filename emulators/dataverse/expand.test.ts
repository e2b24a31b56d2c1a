import { beforeAll, describe, expect, it } from "vitest";
import { str, testClient } from "./test-client.ts";
import type { Json, TestClient } from "./test-client.ts";

let client: TestClient;
const id = (n: number): string => `00000000-0000-4000-8000-0000000000${String(n).padStart(2, "0")}`;

beforeAll(async () => {
  client = await testClient();
  const { store } = client.emulator;
  store.insertMany("account", [
    { accountid: id(1), name: "Lock & Side" },
    { accountid: id(2), name: "Bare" },
  ]);
  const regardingobjectid = { entity: "account", id: id(1) };
  store.insertMany(
    "task",
    [1, 2, 3].map((n) => ({ activityid: id(10 + n), subject: `Task ${n} & more`, regardingobjectid })),
  );
});

const list = (json: Json | undefined): Json[] => (json ?? []) as unknown as Json[];
const subjects = (json: Json | undefined): string[] => list(json).map((task) => str(task["subject"]));

async function accounts(expand: string, prefer = ""): Promise<Json[]> {
  const { json, status, text } = await client.get(`accounts?$select=name&$expand=${expand}`, { prefer });
  if (status !== 200) throw new Error(text);
  return list(json["value"]);
}

describe("expanded collections", () => {
  const NESTED = "Account_Tasks($select=subject;$expand=createdby($select=fullname))";

  it("are paged as the record set when anything is nested, and continue behind their link", async () => {
    const [first, second] = await accounts(NESTED, "odata.maxpagesize=2");
    expect(subjects(first?.["Account_Tasks"])).toEqual(["Task 1 & more", "Task 2 & more"]);
    const link = str(first?.["Account_Tasks@odata.nextLink"]);
    expect(link).toContain(
      `${client.api}/accounts(${id(1)})/Account_Tasks?$select=subject&$expand=createdby($select=fullname)&$skiptoken=`,
    );
    const { json } = await client.get(link, { prefer: "odata.maxpagesize=2" });
    expect(subjects(json["value"])).toEqual(["Task 3 & more"]);
    expect(list(json["value"])[0]?.["createdby"]).toMatchObject({ fullname: "Ada Admin" });
    expect(second?.["Account_Tasks"]).toEqual([]);
    expect(second).not.toHaveProperty("Account_Tasks@odata.nextLink");
  });

  it("are whole when nothing is nested, with a link that can be followed as it is", async () => {
    const filter = encodeURIComponent("contains(subject,'& more')");
    const [first] = await accounts(
      `Account_Tasks($select=subject;$filter=${filter};$orderby=subject desc)`,
      "odata.maxpagesize=1",
    );
    const wanted = ["Task 3 & more", "Task 2 & more", "Task 1 & more"];
    expect(subjects(first?.["Account_Tasks"])).toEqual(wanted);
    const link = str(first?.["Account_Tasks@odata.nextLink"]);
    expect(link).not.toContain("$skiptoken");
    expect(subjects((await client.get(link)).json["value"])).toEqual(wanted);
  });

  it.each(["$count=true", "$skip=1", "$search=x", "$levels=2", "$apply=aggregate($count as n)"])(
    "have no %s",
    async (option) => {
      const { status, json } = await client.get(`accounts?$expand=Account_Tasks(${option})`);
      expect([status, json["error"]?.["code"]]).toEqual([400, "0x80060888"]);
    },
  );
});
