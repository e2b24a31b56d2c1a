import { describe, expect, it } from "vitest";

import { CONTACT, guid } from "../../../test/connectors/organization.ts";
import type { Attribute, Entity } from "../../core/organization.ts";
import type { OutValue, Write } from "../../core/sink-port.ts";
import type { Answered } from "./outcome.ts";
import { outcomeOf } from "./outcome.ts";
import { outcomeOfAll } from "./outcome-of-all.ts";

const ID = guid(1);
const OTHER = guid(2);
const ACCOUNT: OutValue = {
  kind: "reference",
  navigation: "parentcustomerid_account",
  target: "account",
  id: OTHER,
};

const customer: Attribute = {
  name: "parentcustomerid",
  label: "Company",
  type: "Customer",
  property: "_parentcustomerid_value",
  required: "None",
  readable: true,
  creatable: true,
  updatable: true,
  navigation: { account: "parentcustomerid_account", contact: "parentcustomerid_contact" },
};
const ENTITY: Entity = { ...CONTACT, attributes: [...CONTACT.attributes, customer] };

const value = (property: string, to: string | number | boolean | null): OutValue => ({
  kind: "value",
  property,
  value: to,
});
const guarded: Write = { kind: "update", id: ID, guard: "7", values: [value("firstname", "Ada")] };
const free: Write = { ...guarded, guard: null };
const creation: Write = { ...guarded, kind: "create", guard: null };
const removal: Write = { kind: "delete", id: ID, guard: "7", values: [] };

function error(status: number, code: string, message = "No.", headers = {}): Answered {
  return { status, headers, text: JSON.stringify({ error: { code, message } }) };
}

const bare = (status: number, text = "", headers = {}): Answered => ({ status, headers, text });
const told = (write: Write, answer: Answered) => outcomeOf(write, ENTITY, answer, 0);
const record = (fields: object) => JSON.stringify({ "@odata.etag": 'W/"9"', contactid: ID, ...fields });

describe("a success", () => {
  it.each<[string, Write, Answered, unknown]>([
    ["an update with its record", guarded, bare(200, record({})), "9"],
    ["a creation with its record", creation, bare(201, record({})), "9"],
    ["an id in upper case", guarded, bare(200, record({ contactid: ID.toUpperCase() })), "9"],
    ["no content", guarded, bare(204), null],
    [
      "no content with its address",
      guarded,
      bare(204, "", { "odata-entityid": `https://x/contacts(${ID})` }),
      null,
    ],
    ["a delete", removal, bare(204), null],
  ])("is written: %s", (_, write, answer, version) => {
    expect(told(write, answer)).toEqual({ kind: "written", version });
  });

  it.each<[string, Write, Answered]>([
    ["nothing behind the status", guarded, bare(200)],
    ["a web page", guarded, bare(200, "<html>Please sign in</html>")],
    ["half a record", guarded, bare(200, record({}).slice(0, -5))],
    ["another record", guarded, bare(200, record({ contactid: OTHER }))],
    ["a record without a version", guarded, bare(200, record({ "@odata.etag": undefined }))],
    ["a list", guarded, bare(200, `[${record({})}]`)],
    ["null", guarded, bare(200, "null")],
    ["no content, and yet some", guarded, bare(204, "HTTP/1.1 400 Bad Request")],
    [
      "the address of another record",
      guarded,
      bare(204, "", { "odata-entityid": `https://x/contacts(${OTHER})` }),
    ],
    ["a delete that answers with something else", removal, bare(200, record({}))],
    ["accepted, not done", guarded, bare(202)],
  ])("proves nothing (P6): %s", (_, write, answer) => {
    expect(told(write, answer).kind).toBe("unknown");
  });
});

describe("a refusal", () => {
  it.each<[string, Write, Answered, object]>([
    ["overtaken", guarded, error(412, "0x80060882"), { kind: "overtaken" }],
    ["overtaken, without a code", guarded, bare(412), { kind: "overtaken" }],
    ["overtaken, a delete", removal, error(412, "0x80060882"), { kind: "overtaken" }],
    ["a condition nobody set", free, bare(412), { kind: "refused", code: "write_refused" }],
    ["the id is taken", creation, error(412, "0x80040237"), { kind: "exists" }],
    ["the id is taken, without a code", creation, bare(412), { kind: "exists" }],
    ["a unique value in use", guarded, error(412, "0x80040237"), { code: "duplicate_in_dynamics" }],
    ["an alternate key", guarded, error(412, "0x80060892"), { code: "duplicate_in_dynamics" }],
    ["an alternate key, creating", creation, error(412, "0x80060892"), { code: "duplicate_in_dynamics" }],
    ["a duplicate rule", creation, error(412, "0x80040333"), { code: "duplicate_in_dynamics" }],
    ["a duplicate rule with 500", creation, error(500, "0x80040333"), { code: "duplicate_in_dynamics" }],
    ["codes in capitals", creation, error(500, "0X80040333"), { code: "duplicate_in_dynamics" }],
    ["gone", guarded, error(404, "0x80040217", `contact With Id = ${ID} Does Not Exist`), { kind: "gone" }],
    [
      "gone, of many",
      free,
      error(404, "0x80040217", `Contact With Ids = ${ID} Do Not Exist`),
      { kind: "gone" },
    ],
    ["gone, a delete", removal, error(404, "0x80040217", "Not found."), { kind: "gone" }],
    ["a plug-in", guarded, error(400, "0x80040265"), { code: "write_refused" }],
    ["a plug-in of an old server", guarded, error(500, "0x80040265"), { code: "write_refused" }],
    ["privileges", guarded, error(403, "0x80040220"), { code: "write_permission_missing" }],
    ["access", guarded, error(403, "0x80048306"), { code: "write_permission_missing" }],
    ["forbidden, without a code", guarded, bare(403), { code: "write_permission_missing" }],
    ["a disabled owner", guarded, error(403, "0x80040225"), { code: "write_refused" }],
    ["too large", guarded, bare(413), { code: "write_refused" }],
    ["a missing segment", guarded, error(404, "0x8006088a"), { code: "write_refused" }],
  ])("is %s", (_, write, answer, outcome) => {
    expect(told(write, answer)).toMatchObject(outcome);
  });

  it.each<[string, Answered, object]>([
    ["throttled (P18)", error(429, "0x80072322"), { code: "throttled", afterMs: 0 }],
    [
      "throttled, with seconds (P19)",
      error(429, "0x80072321", "", { "retry-after": "7" }),
      { code: "throttled", afterMs: 7000 },
    ],
    ["throttled, by the code alone", error(503, "0x80072326"), { code: "throttled" }],
    [
      "throttled, without a body",
      bare(429, "", { "retry-after": "2" }),
      { code: "throttled", afterMs: 2000 },
    ],
    ["a deadlock", error(500, "0x80044150"), { code: "unavailable" }],
    ["an SQL time-out", error(500, "0x80044151"), { code: "unavailable" }],
    ["customizations being published", error(429, "0x80071151"), { code: "unavailable" }],
    ["unavailable", bare(503, "", { "retry-after": "30" }), { code: "unavailable", afterMs: 30_000 }],
    ["an unexpected error of the platform", error(500, "0x80040216"), { code: "unavailable" }],
  ])("comes later: %s", (_, answer, outcome) => {
    expect(told(guarded, answer)).toMatchObject({ kind: "later", ...outcome });
  });

  it.each([bare(502, "<html>Bad gateway</html>"), bare(504), bare(500), bare(408), bare(302), bare(100)])(
    "is unknown when somebody on the way speaks (%o)",
    (answer) => {
      expect(told(guarded, answer).kind).toBe("unknown");
    },
  );

  it("concerns the connection when the service does not know the caller", () => {
    const stranger = error(403, "0x80072560", "The user is not a member of the organization.");
    expect(() => told(guarded, stranger)).toThrow(
      expect.objectContaining({ code: "not_an_application_user" }) as Error,
    );
  });
});

describe("a record that is missing", () => {
  const referring: Write = { ...guarded, values: [ACCOUNT] };
  it.each<[string, Write, string, object]>([
    [
      "the one referred to",
      referring,
      `account With Id = ${OTHER} Does Not Exist`,
      { kind: "refused", field: "parentcustomerid" },
    ],
    [
      "the one referred to, in capitals",
      referring,
      `account With Id = ${OTHER.toUpperCase()} Does Not Exist`,
      { kind: "refused" },
    ],
    ["the one written", referring, `contact With Id = ${ID} Does Not Exist`, { kind: "gone" }],
    ["nobody says which", referring, "Does Not Exist", { kind: "refused", code: "write_refused" }],
    [
      "a reference cleared",
      { ...referring, values: [{ ...ACCOUNT, id: null }] },
      "Does Not Exist",
      { kind: "gone" },
    ],
    [
      "for a creation never itself",
      { ...creation, values: [ACCOUNT] },
      `contact With Id = ${ID} Does Not Exist`,
      { kind: "refused" },
    ],
  ])("is %s", (_, write, message, outcome) => {
    expect(told(write, error(404, "0x80040217", message))).toMatchObject(outcome);
  });
});

const PAYLOAD =
  "Error identified in Payload provided by the user for Entity :'contacts', For more information on this error please follow this help link https://go.microsoft.com/fwlink/?linkid=2195293  ---->  InnerException : ";

describe("the words of a refusal", () => {
  const write: Write = {
    ...guarded,
    values: [
      value("firstname", "Ada"),
      value("lastname", "O"),
      { kind: "exact", property: "annualincome", digits: "12.50" },
    ],
  };
  const words = (message: string, code = "0x80044331"): object => told(write, error(400, code, message));

  it.each<[string, string, string | null]>([
    [
      "A validation error occurred.  The length of the 'firstname' attribute of the 'contact' entity exceeded the maximum allowed length of '50'.",
      "A validation error occurred.  The length of the 'firstname' attribute of the 'contact' entity exceeded the maximum allowed length of '50'. (0x80044331)",
      "firstname",
    ],
    [
      `${PAYLOAD}Microsoft.Crm.CrmException: Invalid property 'exchangerate' was found in entity 'Microsoft.Dynamics.CRM.contact'. ---> Microsoft.OData.ODataException: The property\r\n   at Microsoft.Crm`,
      "Invalid property 'exchangerate' was found in entity 'Microsoft.Dynamics.CRM.contact'. (0x80044331)",
      "exchangerate",
    ],
    [
      `${PAYLOAD}Microsoft.OData.ODataException: An undeclared property 'parentcustomerid_account' which only has property annotations`,
      "An undeclared property 'parentcustomerid_account' which only has property annotations (0x80044331)",
      "parentcustomerid",
    ],
    [
      `${PAYLOAD}Microsoft.OData.ODataException: Cannot convert the literal '12.50' to the expected type 'Edm.Int32'. ---> System.FormatException: x`,
      "Cannot convert the literal '…' to the expected type 'Edm.Int32'. (0x80044331)",
      null,
    ],
    ["Ada O may not be Ada (ada@example.com)", "… O may not be … (…) (0x80044331)", null],
    [
      "The value 'O' of 'LastName' is not nice.",
      "The value '…' of 'LastName' is not nice. (0x80044331)",
      "lastname",
    ],
    ["First line.\r\n   at Stack.Trace()", "First line. (0x80044331)", null],
    ["", "Dynamics answered 400 (0x80044331).", null],
  ])("%s", (message, detail, field) => {
    expect(words(message)).toEqual({ kind: "refused", code: "write_refused", detail, field });
  });

  it("prefers a field that was sent, and stays short", () => {
    const message = `The 'createdby' and 'annualincome' do not go together. ${"x".repeat(1000)}`;
    const outcome = words(message) as { detail: string; field: string };
    expect(outcome.field).toBe("annualincome");
    expect(outcome.detail.length).toBeLessThan(330);
  });

  it("does without an error in the body", () => {
    expect(told(write, bare(400, "<html>"))).toMatchObject({ detail: "Dynamics answered 400.", field: null });
  });
});

describe("an answer about all records of a request", () => {
  const both = (answer: Answered): unknown[] =>
    (["batch", "transaction"] as const).map((manner) => {
      const outcome = outcomeOfAll(manner, [guarded], answer, 0);
      return outcome === null ? "apart" : outcome.kind === "refused" ? outcome.code : outcome.kind;
    });

  it.each<[string, Answered, unknown[]]>([
    ["no content", bare(204), ["unknown", "written"]],
    ["no content, and yet some", bare(204, "x"), ["unknown", "unknown"]],
    ["a web page", bare(200, "<html>"), ["unknown", "unknown"]],
    ["throttled", error(429, "0x80072322"), ["later", "later"]],
    ["unavailable", bare(503), ["later", "later"]],
    ["a deadlock, after which a batch may have gone on", error(500, "0x80044150"), ["unknown", "later"]],
    ["an unexpected error", error(500, "0x80040216"), ["unknown", "apart"]],
    ["a gateway", bare(502), ["unknown", "unknown"]],
    ["privileges", error(403, "0x80040220"), ["write_permission_missing", "apart"]],
    ["a bad payload", error(400, "0x80048d19"), ["apart", "apart"]],
    ["too large", bare(413), ["apart", "apart"]],
    ["one that is missing", error(404, "0x80040217"), ["apart", "apart"]],
    ["one that is overtaken", error(412, "0x80060882"), ["apart", "apart"]],
  ])("is %s", (_, answer, kinds) => {
    expect(both(answer)).toEqual(kinds);
  });

  it("keeps the values of all of them to itself", () => {
    const outcome = outcomeOfAll("batch", [free, guarded], error(403, "", "Ada may not."), 0);
    expect(outcome).toMatchObject({ detail: "… may not." });
  });
});
