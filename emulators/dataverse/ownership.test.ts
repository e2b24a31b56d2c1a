import { beforeEach, describe, expect, it } from "vitest";
import { testClient } from "./test-client.ts";
import type { TestClient } from "./test-client.ts";

let client: TestClient;
const ACCOUNT = "00000000-0000-4000-8000-0000000000a1";
const BRANCH = "00000000-0000-4000-8000-0000000000a2";

beforeEach(async () => {
  client = await testClient();
  const at = (id: string) => ({ entity: "account", id });
  const { store } = client.emulator;
  store.insertMany("account", [
    { accountid: ACCOUNT, name: "Head" },
    { accountid: BRANCH, name: "Branch", parentaccountid: at(ACCOUNT) },
  ]);
  store.update("account", ACCOUNT, { parentaccountid: at(BRANCH) });
  store.insertMany("contact", [
    { contactid: ACCOUNT, lastname: "Near", parentcustomerid: at(ACCOUNT) },
    { contactid: BRANCH, lastname: "Far", parentcustomerid: at(BRANCH), statecode: 1, statuscode: 2 },
  ]);
  store.insertMany("lead", [{ leadid: ACCOUNT, lastname: "Lead" }]);
  store.insertMany("task", [
    { activityid: ACCOUNT, subject: "Account task", regardingobjectid: at(ACCOUNT) },
    { activityid: BRANCH, subject: "Lead task", regardingobjectid: { entity: "lead", id: ACCOUNT } },
  ]);
});

/** Gives a record to the application user, as a client does; gives the ids that then belong to it. */
async function assign(set: string, id: string): Promise<Record<string, string[]>> {
  const { store, organization } = client.emulator;
  const user = organization.standard.applicationUser;
  const body = { "ownerid@odata.bind": `/systemusers(${user})` };
  expect((await client.send("PATCH", `${set}(${id})`, { body })).status).toBe(204);
  const owned = (entity: string) =>
    store.ids(entity).filter((each) => {
      const owner = store.get(entity, each)?.["ownerid"];
      return typeof owner === "object" && owner?.id === user;
    });
  return { account: owned("account"), contact: owned("contact"), task: owned("task"), lead: owned("lead") };
}

describe("assigning", () => {
  it("takes along what the schema's rules say, through circles, with a version each", async () => {
    const before = client.emulator.organization.version;
    expect(await assign("accounts", ACCOUNT)).toEqual({
      account: [ACCOUNT, BRANCH],
      contact: [ACCOUNT, BRANCH],
      task: [ACCOUNT],
      lead: [],
    });
    expect(client.emulator.organization.version - before).toBe(5);
    const { store, organization } = client.emulator;
    const { applicationUser, administrator } = organization.standard;
    expect(store.get("contact", BRANCH)).toMatchObject({
      owninguser: { id: applicationUser },
      modifiedby: { id: applicationUser },
      createdby: { id: administrator },
    });
  });

  it("leaves the tasks of a lead, whose rule says so", async () => {
    expect(await assign("leads", ACCOUNT)).toEqual({ account: [], contact: [], task: [], lead: [ACCOUNT] });
  });

  it.each([
    ["Active", [ACCOUNT]],
    ["UserOwned", [BRANCH]],
    ["NoCascade", []],
  ])("heeds the rule %s", async (rule, expected) => {
    const { organization, store } = client.emulator;
    const other = { entity: "systemuser", id: organization.standard.system };
    store.update("contact", ACCOUNT, { ownerid: other });
    store.update("contact", BRANCH, { parentcustomerid: { entity: "account", id: ACCOUNT } });
    const relationships = organization.entity("contact")?.manyToOne ?? [];
    const at = relationships.findIndex(({ schemaName }) => schemaName === "contact_customer_accounts");
    const known = relationships[at];
    if (known !== undefined) relationships[at] = { ...known, cascade: { ...known.cascade, Assign: rule } };
    expect((await assign("accounts", ACCOUNT))["contact"]).toEqual(expected);
  });

  it("takes nothing along when the owner stays", async () => {
    await assign("accounts", ACCOUNT);
    const before = client.emulator.organization.version;
    await assign("accounts", ACCOUNT);
    expect(client.emulator.organization.version - before).toBe(1);
  });
});
