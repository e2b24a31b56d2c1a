import { beforeAll, describe, expect, it } from "vitest";
import { str, testClient } from "../test-client.ts";
import type { Json, Seen, TestClient } from "../test-client.ts";

let client: TestClient;
const CONTOSO = "00000000-0000-4000-8000-0000000000a1";
const FABRIKAM = "00000000-0000-4000-8000-0000000000a2";
const EMPTY = "00000000-0000-4000-8000-0000000000a3";
const contact = (n: number): string => `00000000-0000-4000-8000-00000000000${n}`;

beforeAll(async () => {
  client = await testClient();
  const { store } = client.emulator;
  store.insertMany("account", [
    {
      accountid: CONTOSO,
      name: "Contoso",
      revenue: "100",
      numberofemployees: 1500,
      address1_city: "Redmond",
    },
    {
      accountid: FABRIKAM,
      name: "Fabrikam",
      revenue: "50.5",
      numberofemployees: 2700,
      address1_city: "Redmond",
    },
    { accountid: EMPTY, name: "Empty", createdon: "2023-08-27T10:00:00Z" },
  ]);
  const at = (id: string) => ({ entity: "account", id });
  store.insertMany("contact", [
    {
      contactid: contact(1),
      firstname: "Ann",
      lastname: "Lee",
      jobtitle: "Owner",
      parentcustomerid: at(CONTOSO),
      annualincome: "45000",
      gendercode: 2,
    },
    {
      contactid: contact(2),
      firstname: "Bob",
      lastname: "Moor",
      jobtitle: "Clerk",
      parentcustomerid: at(CONTOSO),
      gendercode: 1,
    },
    {
      contactid: contact(3),
      firstname: "Cy",
      lastname: "Cy",
      parentcustomerid: at(FABRIKAM),
      birthdate: "1980-02-03",
    },
    { contactid: contact(4), firstname: "Dee", lastname: "Lone", jobtitle: "100% owner" },
  ]);
  store.update("account", CONTOSO, { primarycontactid: { entity: "contact", id: contact(1) } });
});

async function fetchXml(
  set: string,
  xml: string,
  headers: Record<string, string> = {},
  more = "",
): Promise<Seen> {
  return client.get(`${set}?fetchXml=${encodeURIComponent(xml)}${more}`, headers);
}

async function rows(set: string, xml: string, headers: Record<string, string> = {}): Promise<Json[]> {
  const { status, json, text } = await fetchXml(set, xml, headers);
  if (status !== 200) throw new Error(text);
  return json["value"] as unknown as Json[];
}

/** Last names of the contacts that a filter finds, in id order. */
async function lastNames(inside: string): Promise<string> {
  const xml = `<fetch><entity name="contact"><attribute name="lastname"/>${inside}</entity></fetch>`;
  return (await rows("contacts", xml)).map((row) => str(row["lastname"])).join(" ");
}

const condition = (attributes: string, values = ""): string =>
  `<filter><condition ${attributes}>${values}</condition></filter>`;

describe("columns", () => {
  it("answers as the document on retrieving rows shows it, without empty columns", async () => {
    const xml = `<fetch top='1'><entity name='contact'><attribute name='fullname'/><attribute name='jobtitle'/><attribute name='annualincome'/><attribute name='birthdate'/></entity></fetch>`;
    const { json, text } = await fetchXml("contacts", xml);
    expect(str(json["@odata.context"])).toBe(
      `${client.api}/$metadata#contacts(fullname,jobtitle,annualincome,birthdate,_transactioncurrencyid_value,transactioncurrencyid,contactid,transactioncurrencyid())`,
    );
    const currency = client.emulator.organization.standard.currency;
    expect(json["value"]).toEqual([
      {
        "@odata.etag": expect.stringMatching(/^W\/"\d+"$/) as unknown,
        fullname: "Ann Lee",
        jobtitle: "Owner",
        annualincome: 45000,
        _transactioncurrencyid_value: currency,
        contactid: contact(1),
      },
    ]);
    expect(text).toContain('"annualincome":45000.0000');
    expect(text).not.toContain("morerecords");
  });

  it("shows every column with a value when none is chosen, and aliases", async () => {
    const [all] = await rows("accounts", `<fetch><entity name='account'/></fetch>`);
    expect(all).toMatchObject({ name: "Contoso", statecode: 0, _primarycontactid_value: contact(1) });
    expect(all).not.toHaveProperty("fax");
    const [same] = await rows("accounts", `<fetch><entity name='account'><all-attributes/></entity></fetch>`);
    expect(same).toEqual(all);
    const [aliased] = await rows(
      "accounts",
      `<fetch><entity name='account'><attribute name='name' alias='n'/></entity></fetch>`,
    );
    expect(aliased).toMatchObject({ n: "Contoso", accountid: CONTOSO });
    expect(aliased).not.toHaveProperty("name");
  });

  it("annotates values", async () => {
    const xml = `<fetch top='1'><entity name='contact'><attribute name='parentcustomerid'/><attribute name='gendercode'/></entity></fetch>`;
    const [row] = await rows("contacts", xml, { prefer: 'odata.include-annotations="*"' });
    expect(row).toMatchObject({
      "gendercode@OData.Community.Display.V1.FormattedValue": "Female",
      "_parentcustomerid_value@OData.Community.Display.V1.FormattedValue": "Contoso",
      "_parentcustomerid_value@Microsoft.Dynamics.CRM.lookuplogicalname": "account",
    });
  });
});

describe("filters", () => {
  it.each([
    [condition("attribute='lastname' operator='eq' value='LEE'"), "Lee"],
    [condition("attribute='jobtitle' operator='eq' value='Owner'"), "Lee"],
    [condition("attribute='jobtitle' operator='ne' value='Owner'"), "Moor Cy Lone"],
    [condition("attribute='jobtitle' operator='null'"), "Cy"],
    [condition("attribute='jobtitle' operator='not-null'"), "Lee Moor Lone"],
    [condition("attribute='jobtitle' operator='like' value='%own%'"), "Lee Lone"],
    [condition("attribute='jobtitle' operator='like' value='own%'"), "Lee"],
    [condition("attribute='jobtitle' operator='not-like' value='own%'"), "Moor Cy Lone"],
    [condition("attribute='lastname' operator='begins-with' value='l'"), "Lee Lone"],
    [condition("attribute='lastname' operator='ends-with' value='r'"), "Moor"],
    [condition("attribute='lastname' operator='not-begin-with' value='l'"), "Moor Cy"],
    [
      condition("attribute='lastname' operator='in' value=''", "<value>Lee</value><value>Cy</value>"),
      "Lee Cy",
    ],
    [condition("attribute='gendercode' operator='not-in'", "<value>1</value>"), "Lee Cy Lone"],
    [condition("attribute='gendercode' operator='in'", "<value>1</value><value>2</value>"), "Lee Moor"],
    [condition("attribute='annualincome' operator='between'", "<value>1</value><value>50000</value>"), "Lee"],
    [condition("attribute='annualincome' operator='gt' value='45000'"), ""],
    [condition("attribute='annualincome' operator='ge' value='45000'"), "Lee"],
    [condition("attribute='birthdate' operator='on' value='1980-02-03'"), "Cy"],
    [condition("attribute='birthdate' operator='on-or-after' value='1980-02-04'"), ""],
    [condition("attribute='birthdate' operator='olderthan-x-years' value='30'"), "Cy"],
    [condition("attribute='createdon' operator='today'"), "Lee Moor Cy Lone"],
    [condition("attribute='createdon' operator='this-month'"), "Lee Moor Cy Lone"],
    [condition("attribute='createdon' operator='last-month'"), ""],
    [condition("attribute='createdon' operator='last-x-hours' value='1'"), "Lee Moor Cy Lone"],
    [condition(`attribute='parentcustomerid' operator='eq' value='{${CONTOSO.toUpperCase()}}'`), "Lee Moor"],
    [condition("attribute='firstname' operator='eq' valueof='lastname'"), "Cy"],
    [condition("attribute='createdby' operator='eq-userid'"), ""],
    [condition("attribute='createdby' operator='ne-userid'"), "Lee Moor Cy Lone"],
    [
      `<filter type='or'><condition attribute='lastname' operator='eq' value='Cy'/><filter><condition attribute='lastname' operator='like' value='L%'/><condition attribute='gendercode' operator='eq' value='2'/></filter></filter>`,
      "Lee Cy",
    ],
    ["<filter/>", "Lee Moor Cy Lone"],
  ])("%s", async (filter, expected) => {
    expect(await lastNames(filter)).toBe(expected);
  });

  it("can leave rows without a value out of negations", async () => {
    client.emulator.settings.fetchNegationsFindNull = false;
    expect(await lastNames(condition("attribute='jobtitle' operator='ne' value='Owner'"))).toBe("Moor Lone");
    expect(await lastNames(condition("attribute='gendercode' operator='not-in'", "<value>1</value>"))).toBe(
      "Lee",
    );
    client.emulator.settings.fetchNegationsFindNull = true;
  });
});

describe("links", () => {
  it("joins to one and to many, inner and outer", async () => {
    const toOne = `<fetch><entity name='contact'><attribute name='lastname'/><link-entity name='account' from='accountid' to='parentcustomerid' link-type='TYPE' alias='a'><attribute name='name'/><attribute name='primarycontactid'/></link-entity></entity></fetch>`;
    const inner = await rows("contacts", toOne.replace("TYPE", "inner"));
    expect(inner.map((row) => `${str(row["lastname"])} ${str(row["a_x002e_name"])}`)).toEqual([
      "Lee Contoso",
      "Moor Contoso",
      "Cy Fabrikam",
    ]);
    expect(inner[0]?.["a_x002e_primarycontactid"]).toBe(contact(1));
    const outer = await rows("contacts", toOne.replace("TYPE", "outer"));
    expect(outer.map((row) => str(row["a_x002e_name"]))).toEqual(["Contoso", "Contoso", "Fabrikam", ""]);
    const toMany = `<fetch><entity name='account'><attribute name='name'/><link-entity name='contact' from='parentcustomerid' to='accountid'><attribute name='lastname'/></link-entity></entity></fetch>`;
    const many = await rows("accounts", toMany);
    expect(many.map((row) => `${str(row["name"])} ${str(row["contact1_x002e_lastname"])}`)).toEqual([
      "Contoso Lee",
      "Contoso Moor",
      "Fabrikam Cy",
    ]);
  });

  it.each([
    ["exists", "Contoso Fabrikam"],
    ["in", "Contoso Fabrikam"],
    ["matchfirstrowusingcrossapply", "Contoso Fabrikam Empty"],
    ["outer", "Contoso Contoso Fabrikam Empty"],
  ])("finds accounts that have contacts: %s", async (type, expected) => {
    const xml = `<fetch><entity name='account'><attribute name='name'/><link-entity name='contact' from='parentcustomerid' to='accountid' link-type='${type}' alias='c'/></entity></fetch>`;
    expect((await rows("accounts", xml)).map((row) => str(row["name"])).join(" ")).toBe(expected);
  });

  it.each([
    ["any", "Contoso"],
    ["not any", "Fabrikam Empty"],
    ["all", "Empty"],
    ["not all", "Contoso Fabrikam"],
  ])("asks whether %s contact is an owner", async (type, expected) => {
    const link = `<link-entity name='contact' from='parentcustomerid' to='accountid' link-type='${type}'><filter><condition attribute='jobtitle' operator='eq' value='Owner'/></filter></link-entity>`;
    const xml = `<fetch><entity name='account'><attribute name='name'/><filter>${link}</filter></entity></fetch>`;
    expect((await rows("accounts", xml)).map((row) => str(row["name"])).join(" ")).toBe(expected);
  });

  it("filters an outer join while joining, or afterwards by its alias", async () => {
    const query = (inside: string, outside: string): string =>
      `<fetch><entity name='contact'><attribute name='lastname'/>${outside}<link-entity name='account' from='accountid' to='parentcustomerid' link-type='outer' alias='a'><attribute name='name'/>${inside}</link-entity></entity></fetch>`;
    const named = condition("attribute='name' operator='eq' value='Contoso'");
    const joining = await rows("contacts", query(named, ""));
    expect(joining.map((row) => str(row["a_x002e_name"]))).toEqual(["Contoso", "Contoso", "", ""]);
    const after = await rows("contacts", query("", named.replace("attribute=", "entityname='a' attribute=")));
    expect(after.map((row) => str(row["lastname"]))).toEqual(["Lee", "Moor"]);
    const without = await rows(
      "contacts",
      query("", condition("entityname='a' attribute='accountid' operator='null'")),
    );
    expect(without.map((row) => str(row["lastname"]))).toEqual(["Lone"]);
    const compared = await rows(
      "contacts",
      query("", condition("attribute='lastname' operator='lt' valueof='a.name'")),
    );
    expect(compared.map((row) => str(row["lastname"]))).toEqual(["Cy"]);
  });

  it("reads N:N through the intersect entity", async () => {
    const { store, organization } = client.emulator;
    const teamid = contact(9);
    store.insertMany("team", [{ teamid, name: "North" }]);
    store.insertMany("teammembership", [{ teamid, systemuserid: organization.standard.administrator }]);
    const xml = `<fetch><entity name='systemuser'><attribute name='fullname'/><link-entity name='teammembership' from='systemuserid' to='systemuserid' intersect='true'><link-entity name='team' from='teamid' to='teamid' alias='team'><attribute name='name'/></link-entity></link-entity></entity></fetch>`;
    expect(await rows("systemusers", xml)).toMatchObject([
      { fullname: "Ada Admin", team_x002e_name: "North" },
    ]);
  });

  it("reads only what the caller may read", async () => {
    const { access, organization } = client.emulator;
    const user = organization.standard.applicationUser;
    const xml = `<fetch><entity name='contact'><attribute name='lastname'/><link-entity name='account' from='accountid' to='parentcustomerid'/></entity></fetch>`;
    access.set(user, "account", "Read", "user");
    expect(await rows("contacts", xml)).toEqual([]);
    access.set(user, "account", "Read", "none");
    expect((await fetchXml("contacts", xml)).status).toBe(403);
    access.set(user, "account", "Read", "global");
  });
});

describe("order and pages", () => {
  const PREFER = {
    prefer:
      'odata.include-annotations="Microsoft.Dynamics.CRM.fetchxmlpagingcookie,Microsoft.Dynamics.CRM.morerecords"',
  };
  const page = (number: number, inside: string, cookie = ""): string =>
    `<fetch count='2' page='${number}'${cookie === "" ? "" : ` paging-cookie='${cookie}'`}><entity name='contact'><attribute name='lastname'/>${inside}</entity></fetch>`;

  /** The inner cookie as a client gets at it: decoded twice, encoded for XML. */
  function innerOf(annotation: string): string {
    const outer = /pagingcookie="([^"]*)"/.exec(annotation)?.[1] ?? "";
    const inner = decodeURIComponent(decodeURIComponent(outer));
    return inner
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll('"', "&quot;")
      .replaceAll("'", "&apos;");
  }

  it("pages with cookies as the document on paging shows them", async () => {
    const order = "<order attribute='lastname' descending='true'/>";
    const first = await fetchXml("contacts", page(1, order), PREFER);
    const names = (json: Json) => (json["value"] as unknown as Json[]).map((row) => str(row["lastname"]));
    expect(names(first.json)).toEqual(["Moor", "Lone"]);
    expect(first.json["@Microsoft.Dynamics.CRM.morerecords"]).toBe(true);
    const annotation = str(first.json["@Microsoft.Dynamics.CRM.fetchxmlpagingcookie"]);
    expect(annotation).toBe(
      `<cookie pagenumber="2" pagingcookie="%253ccookie%2520page%253d%25221%2522%253e%253clastname%2520last%253d%2522Lone%2522%2520first%253d%2522Moor%2522%2520%252f%253e%253ccontactid%2520last%253d%2522%257b${contact(4).toUpperCase()}%257d%2522%2520first%253d%2522%257b${contact(2).toUpperCase()}%257d%2522%2520%252f%253e%253c%252fcookie%253e" istracking="False" />`,
    );
    // Moved in front of the position: counting pages would now repeat a row.
    client.emulator.store.insertMany("contact", [{ contactid: contact(7), lastname: "Zed" }]);
    const second = await fetchXml("contacts", page(2, order, innerOf(annotation)), PREFER);
    expect(names(second.json)).toEqual(["Lee", "Cy"]);
    expect(second.text).not.toContain("fetchxmlpagingcookie");
    expect(second.text).not.toContain("morerecords");
    client.emulator.store.remove("contact", contact(7));
  });

  it("pages by id where the id is among the ordering columns", async () => {
    const order = "<order attribute='contactid' descending='true'/>";
    const first = await fetchXml("contacts", page(1, order), PREFER);
    const cookie = innerOf(str(first.json["@Microsoft.Dynamics.CRM.fetchxmlpagingcookie"]));
    expect(cookie.match(/contactid/g)).toHaveLength(1);
    const second = await fetchXml("contacts", page(2, order, cookie), PREFER);
    expect((second.json["value"] as unknown as Json[]).map((row) => str(row["lastname"]))).toEqual([
      "Moor",
      "Lee",
    ]);
  });

  it("keeps empty columns, ties and marks in cookies", async () => {
    const { store } = client.emulator;
    store.update("contact", contact(2), { jobtitle: `O'"<&>` });
    const order = "<order attribute='jobtitle'/>";
    const seen: string[] = [];
    let cookie = "";
    for (let number = 1; number <= 4; number += 1) {
      const one = page(number, order, cookie).replace("count='2'", "count='1'");
      const { json, status } = await fetchXml("contacts", one, PREFER);
      expect(status).toBe(200);
      seen.push(str((json["value"] as unknown as Json[])[0]?.["lastname"]));
      cookie = innerOf(str(json["@Microsoft.Dynamics.CRM.fetchxmlpagingcookie"]));
    }
    expect(seen).toEqual(["Cy", "Lone", `Moor`, "Lee"]);
    store.update("contact", contact(2), { jobtitle: "Clerk" });
  });

  it("pages by counting where there is no cookie to be had", async () => {
    const order = "<order attribute='parentcustomerid'/>";
    const { json } = await fetchXml("contacts", page(1, order), PREFER);
    expect(str(json["@Microsoft.Dynamics.CRM.fetchxmlpagingcookie"])).toBe(
      '<cookie pagenumber="2" istracking="False" />',
    );
    const second = await fetchXml("contacts", page(2, order), PREFER);
    expect((second.json["value"] as unknown as Json[]).map((row) => str(row["lastname"]))).toEqual([
      "Moor",
      "Cy",
    ]);
    const far = page(1, order).replace("page='1'", "page='30000'");
    expect((await fetchXml("contacts", far)).status).toBe(400);
  });

  it("orders choices by label unless told otherwise, and links last", async () => {
    const inside = "<order attribute='gendercode' descending='true'/>";
    const labelled = `<fetch><entity name='contact'><attribute name='lastname'/>${inside}</entity></fetch>`;
    const byLabel = await rows("contacts", labelled);
    expect(byLabel.map((row) => str(row["lastname"])).slice(0, 2)).toEqual(["Moor", "Lee"]);
    const byNumber = await rows("contacts", labelled.replace("<fetch>", "<fetch useraworderby='1'>"));
    expect(byNumber.map((row) => str(row["lastname"])).slice(0, 2)).toEqual(["Lee", "Moor"]);
    const link = (order: string): string =>
      `<fetch><entity name='contact'><attribute name='lastname'/>${order}<order attribute='lastname'/><link-entity name='account' from='accountid' to='parentcustomerid' alias='a'><order attribute='name' descending='true'/></link-entity></entity></fetch>`;
    const own = await rows("contacts", link(""));
    expect(own.map((row) => str(row["lastname"]))).toEqual(["Cy", "Lee", "Moor"]);
    const other = await rows("contacts", link("<order entityname='a' attribute='name'/>"));
    expect(other.map((row) => str(row["lastname"]))).toEqual(["Lee", "Moor", "Cy"]);
  });

  it("counts, and gives distinct rows", async () => {
    const xml = `<fetch returntotalrecordcount='true' count='1'><entity name='contact'><attribute name='lastname'/></entity></fetch>`;
    expect((await fetchXml("contacts", xml)).json["@odata.count"]).toBe(4);
    const plain = xml.replace("returntotalrecordcount='true' ", "");
    expect((await fetchXml("contacts", plain, {}, "&$count=true")).json["@odata.count"]).toBe(4);
    expect((await fetchXml("contacts", plain)).json).not.toHaveProperty("@odata.count");
    const distinct = `<fetch distinct='true'><entity name='account'><attribute name='address1_city'/></entity></fetch>`;
    expect(await rows("accounts", distinct)).toEqual([{ address1_city: "Redmond" }, {}]);
  });
});

describe("aggregates", () => {
  const aggregate = (inside: string, attributes = ""): string =>
    `<fetch aggregate='true' ${attributes}><entity name='account'>${inside}</entity></fetch>`;

  it("puts a column together in every way", async () => {
    const names = ["avg", "count", "countcolumn", "max", "min", "sum"];
    const inside = names.map(
      (name) => `<attribute name='numberofemployees' alias='${name}' aggregate='${name}'/>`,
    );
    expect(await rows("accounts", aggregate(inside.join("")))).toEqual([
      { avg: 2100, count: 3, countcolumn: 2, max: 2700, min: 1500, sum: 4200 },
    ]);
  });

  it("groups, orders by alias, shows money in nine places and annotates", async () => {
    const inside = `<attribute name='revenue' alias='total' aggregate='sum'/><attribute name='address1_city' alias='n' aggregate='countcolumn' distinct='true'/><attribute name='address1_city' alias='city' groupby='true'/><order alias='total' descending='true'/>`;
    const { text, json } = await fetchXml("accounts", aggregate(inside), {
      prefer: 'odata.include-annotations="*"',
    });
    expect(json["value"]).toMatchObject([
      { city: "Redmond", n: 1, "n@OData.Community.Display.V1.FormattedValue": "1" },
      { n: 0, total: 0 },
    ]);
    expect(text).toContain(
      '"total@OData.Community.Display.V1.FormattedValue":"$150.50","total":150.500000000',
    );
  });

  it("groups by parts of a date, and over links", async () => {
    const inside = `<attribute name='accountid' alias='n' aggregate='count'/><attribute name='createdon' alias='y' groupby='true' dategrouping='year'/><attribute name='createdon' alias='q' groupby='true' dategrouping='fiscal-period'/>`;
    expect(await rows("accounts", aggregate(inside))).toEqual([
      { n: 1, y: 2023, q: "Quarter 3 FY2023" },
      { n: 2, y: 2026, q: "Quarter 1 FY2026" },
    ]);
    const linked = `<fetch aggregate='true'><entity name='contact'><attribute name='contactid' alias='n' aggregate='count'/><link-entity name='account' from='accountid' to='parentcustomerid'><attribute name='name' alias='name' groupby='true'/></link-entity></entity></fetch>`;
    expect(await rows("contacts", linked)).toEqual([
      { n: 2, name: "Contoso" },
      { n: 1, name: "Fabrikam" },
    ]);
  });

  it("stops at 50,000 rows, or at a lower limit", async () => {
    const count = aggregate("<attribute name='name' alias='n' aggregate='count'/>", "aggregatelimit='2'");
    const { status, json } = await fetchXml("accounts", count);
    expect([status, json["error"]]).toEqual([
      400,
      { code: "0x8004e023", message: "AggregateQueryRecordLimit exceeded. Cannot perform this operation." },
    ]);
    expect(await rows("accounts", count.replace("'2'", "'3'"))).toEqual([{ n: 3 }]);
  });
});

describe("refusals", () => {
  const entity = (inside: string): string => `<fetch><entity name='contact'>${inside}</entity></fetch>`;
  const link = "<link-entity name='account' from='accountid' to='parentcustomerid'/>";
  it.each([
    ["nothing", "", "0x80041124"],
    ["broken XML", "<fetch><entity name='contact'>", "0x80041125"],
    ["another root", "<query/>", "0x80041125"],
    ["an unknown element", entity("<columns/>"), "0x8004111c"],
    ["an unknown attribute", entity("<attribute column='x'/>"), "0x8004111c"],
    ["an unknown entity", "<fetch><entity name='nosuch'/></fetch>", "0x80041128"],
    ["another entity than the set's", "<fetch><entity name='account'/></fetch>", "0x80041128"],
    ["an unknown linked entity", entity(link.replace("'account'", "'nosuch'")), "0x80041102"],
    ["an unknown column", entity("<attribute name='nosuch'/>"), "0x80041103"],
    [
      "an unknown operator",
      entity(condition("attribute='lastname' operator='contains' value='x'")),
      "0x80041120",
    ],
    ["an unknown filter type", entity("<filter type='xor'/>"), "0x80041122"],
    ["an unknown link type", entity(link.replace("to=", "link-type='cross' to=")), "0x80041117"],
    ["more than 15 links", entity(link.repeat(16)), "0x8004430d"],
    ["an alias twice", entity(link.replace("to=", "alias='a' to=").repeat(2)), "0x8004111b"],
    ["an unknown alias in an order", entity("<order entityname='b' attribute='name'/>"), "0x80041126"],
    ["a top of zero", entity("").replace("<fetch>", "<fetch top='0'>"), "0x80041127"],
    ["a top above 5,000", entity("").replace("<fetch>", "<fetch top='5001'>"), "0x80041127"],
    ["top and count", entity("").replace("<fetch>", "<fetch top='5' count='5'>"), "0x80040203"],
    ["a malformed cookie", entity("").replace("<fetch>", "<fetch page='2' paging-cookie='x'>"), "0x80040203"],
    [
      "an aggregate without alias",
      entity("<attribute name='contactid' aggregate='count'/>").replace(
        "<fetch>",
        "<fetch aggregate='true'>",
      ),
      "0x8004110b",
    ],
    [
      "the sum of texts",
      entity("<attribute name='lastname' alias='x' aggregate='sum'/>").replace(
        "<fetch>",
        "<fetch aggregate='true'>",
      ),
      "0x8004111a",
    ],
  ])("refuses %s", async (_name, xml, code) => {
    const { status, json } = await fetchXml("contacts", xml);
    expect([status, json["error"]?.["code"]]).toEqual([400, code]);
  });

  it.each(["$select=name", "$filter=name eq 'x'", "$top=1", "$orderby=name", "$expand=owninguser"])(
    "refuses %s beside it",
    async (option) => {
      const { status, json } = await fetchXml("contacts", entity(""), {}, `&${option}`);
      expect([status, json["error"]?.["code"]]).toEqual([400, "0x80060888"]);
    },
  );
});
