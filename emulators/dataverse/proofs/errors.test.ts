import { describe, expect, it } from "vitest";
import { createEmulator } from "../emulator.ts";
import { serve } from "../serve.ts";
import { testClient } from "../test-client.ts";
import type { Seen, TestClient } from "../test-client.ts";

/** Every refusal of the list of the Web API: status, code, message and headers, plain and with annotations. */

type Headers = Readonly<Record<string, string>>;

interface Row {
  readonly what: string;
  readonly status: number;
  readonly code: string;
  readonly message: string | RegExp;
  /** Brings the refusal about, with these headers on the request that is refused. */
  readonly provoke: (client: TestClient, headers: Headers) => Promise<Seen>;
  /** Further headers of the answer. */
  readonly says?: Headers;
}

const GONE = "aaaaaaaa-0000-4000-8000-00000000dead";
const GUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
const PAYLOAD = (set: string, inner: string) =>
  `Error identified in Payload provided by the user for Entity :'${set}', For more information on this error please follow this help link https://go.microsoft.com/fwlink/?linkid=2195293  ---->  InnerException : ${inner}`;

const made = new Map<TestClient, string>();

/** The id of the one account of a client's organization. */
function accountOf(client: TestClient): string {
  const known =
    made.get(client) ?? client.emulator.store.create("account", { name: "Known", accountnumber: "K1" });
  made.set(client, known);
  return known;
}

function write(path: string, body: unknown, more: Headers = {}) {
  return async (client: TestClient, headers: Headers): Promise<Seen> =>
    client.send("PATCH", path.replace("KNOWN", accountOf(client)), {
      headers: { ...headers, ...more },
      body,
    });
}

const read = (path: string) => async (client: TestClient, headers: Headers) =>
  client.get(path, { ...headers });

function asUser(state: "absent" | "disabled" | "without-role" | "without-licence") {
  return async (client: TestClient, headers: Headers): Promise<Seen> => {
    client.emulator.applicationUser = state;
    return client.get("leads", { ...headers });
  };
}

function stoppedBy(message: string) {
  return async (client: TestClient, headers: Headers): Promise<Seen> => {
    client.emulator.plugIns.register({
      before: () => {
        throw new Error(message);
      },
    });
    return client.send("POST", "leads", { headers: { ...headers }, body: { lastname: "Lee" } });
  };
}

function limited(limits: Readonly<Record<string, number>>) {
  return async (client: TestClient, headers: Headers): Promise<Seen> => {
    Object.assign(client.emulator.limits.settings, { enabled: true, ...limits });
    return client.get("WhoAmI", { ...headers });
  };
}

const FORBIDDEN: readonly Row[] = [
  {
    what: "a privilege is missing",
    status: 403,
    code: "0x80040220",
    message: new RegExp(
      `^Principal user \\(Id=${GUID}, type=8, roleCount=1, privilegeCount=310, accessMode=4\\), is missing prvReadLead privilege \\(Id=${GUID}\\) on OTC=4 for entity 'lead' \\(LocalizedName='Lead'\\)\\. context\\.Caller=${GUID}\\.$`,
    ),
    provoke: async (client, headers) => {
      const { access, organization } = client.emulator;
      access.set(organization.standard.applicationUser, "lead", "Read", "none");
      return client.get("leads", { ...headers });
    },
  },
  {
    what: "a record of somebody else",
    status: 403,
    code: "0x80048306",
    message: /^SecLib::AccessCheckEx failed\./,
    provoke: async (client, headers) => {
      const { access, organization } = client.emulator;
      access.set(organization.standard.applicationUser, "account", "Read", "user");
      return client.get(`accounts(${accountOf(client)})`, { ...headers });
    },
  },
  {
    what: "a user without roles",
    status: 403,
    code: "0x80042f09",
    message:
      /^The user with id .* has not been assigned any roles\. They need a role with the prvReadLead privilege\.$/,
    provoke: asUser("without-role"),
  },
  {
    what: "a disabled user",
    status: 403,
    code: "0x80040225",
    message: new RegExp(
      `^The specified user\\(Id = ${GUID}\\) is disabled\\. Consider enabling this user\\.$`,
    ),
    provoke: asUser("disabled"),
  },
  {
    what: "a user without a licence",
    status: 403,
    code: "0x8004d24b",
    message: "The user has not been assigned any License",
    provoke: asUser("without-licence"),
  },
  {
    what: "nobody in the organization",
    status: 403,
    code: "0x80072560",
    message: "The user is not a member of the organization.",
    provoke: asUser("absent"),
  },
  {
    what: "impersonation without the privilege",
    status: 403,
    code: "0x8004a110",
    message: /prvActOnBehalfOfAnotherUser/,
    provoke: async (client, headers) => {
      client.emulator.settings.impersonation = false;
      const { administrator } = client.emulator.organization.standard;
      return client.get("leads", { ...headers, mscrmcallerid: administrator });
    },
  },
];

const NOT_FOUND: readonly Row[] = [
  {
    what: "a record that is not there",
    status: 404,
    code: "0x80040217",
    message: `lead With Id = ${GONE} Does Not Exist`,
    provoke: read(`leads(${GONE})`),
  },
  {
    what: "a lookup that leads nowhere",
    status: 404,
    code: "0x80040217",
    message: `contact With Id = ${GONE} Does Not Exist`,
    provoke: write("accounts(KNOWN)", { "primarycontactid@odata.bind": `/contacts(${GONE})` }),
  },
  {
    what: "an alternate key that addresses nothing",
    status: 404,
    code: "0x80060891",
    message: "A record with the specified key values does not exist in account entity",
    provoke: async (client, headers) => {
      client.emulator.schema.addKey("account", "number", ["accountnumber"]);
      return client.get("accounts(accountnumber='none')", { ...headers });
    },
  },
  {
    what: "an entity set in the wrong case",
    status: 404,
    code: "0x8006088a",
    message: "Resource not found for the segment 'Accounts'.",
    provoke: read("Accounts"),
  },
  {
    what: "an address outside the API",
    status: 404,
    code: "",
    message: /^No HTTP resource was found that matches the request URI '.*\/api\/data\/v99\.0\/leads'\.$/,
    provoke: read("https://contoso.crm.example/api/data/v99.0/leads"),
  },
];

const BAD: readonly Row[] = [
  {
    what: "a column in the wrong case",
    status: 400,
    code: "0x80060888",
    message: "Could not find a property named 'Name' on type 'Microsoft.Dynamics.CRM.account'.",
    provoke: read("accounts?$select=Name"),
  },
  {
    what: "an option that is not supported",
    status: 400,
    code: "0x80060888",
    message: /\$skip/,
    provoke: read("accounts?$skip=1"),
  },
  {
    what: "a wrong navigation property",
    status: 400,
    code: "0x80048d19",
    message: new RegExp(
      `^${PAYLOAD("contacts", "Microsoft.OData.ODataException: An undeclared property 'parentcustomerid' which only has property annotations in the payload but no property value was found in the payload.").replaceAll(/[.?()]/g, "\\$&")}`,
    ),
    provoke: async (client, headers) =>
      client.send("POST", "contacts", {
        headers: { ...headers },
        body: { "parentcustomerid@odata.bind": `/accounts(${GONE})` },
      }),
  },
  {
    what: "an unknown column",
    status: 400,
    code: "0x80048d19",
    message: PAYLOAD(
      "accounts",
      "Microsoft.Crm.CrmException: Invalid property 'gendercode' was found in entity 'Microsoft.Dynamics.CRM.account'. ---> Microsoft.OData.ODataException: The property 'gendercode' does not exist on type 'Microsoft.Dynamics.CRM.account'. Make sure to only use property names that are defined by the type.",
    ),
    provoke: write("accounts(KNOWN)", { gendercode: 1 }),
  },
  {
    what: "a value of the wrong type",
    status: 400,
    code: "0x80048d19",
    message:
      /InnerException : Microsoft\.OData\.ODataException: Cannot convert the literal 'Charity' to the expected type 'Edm\.Int32'\. ---> System\.FormatException/,
    provoke: write("accounts(KNOWN)", { industrycode: "Charity" }),
  },
  {
    what: "a body that is no JSON",
    status: 400,
    code: "0x80048d19",
    message: /^Error identified in Payload/,
    provoke: write("accounts(KNOWN)", "{ no json"),
  },
  {
    what: "a text that is too long",
    status: 400,
    code: "0x80044331",
    message:
      "A validation error occurred.  The length of the 'name' attribute of the 'account' entity exceeded the maximum allowed length of '160'.",
    provoke: write("accounts(KNOWN)", { name: "x".repeat(161) }),
  },
  {
    what: "a decimal out of range",
    status: 400,
    code: "0x80044330",
    message: /outside the valid range/,
    provoke: async (client, headers) =>
      client.send("POST", "transactioncurrencies", {
        headers: { ...headers },
        body: { currencyname: "X", isocurrencycode: "XXX", exchangerate: -1 },
      }),
  },
  {
    what: "a choice that does not exist",
    status: 400,
    code: "0x8004431a",
    message:
      /^A validation error occurred\. The value '99' of 'industrycode' on record of type 'account' is outside the valid range\./,
    provoke: write("accounts(KNOWN)", { industrycode: 99 }),
  },
  {
    what: "a date that is none",
    status: 400,
    code: "0x80040239",
    message: /date-time format/,
    provoke: write("accounts(KNOWN)", { lastusedincampaign: "soon" }),
  },
  {
    what: "an argument that does not fit",
    status: 400,
    code: "0x80040203",
    message: "The entity with a name = 'nosuch' was not found in the MetadataCache.",
    provoke: read("RetrieveTotalRecordCount(EntityNames=@p)?@p=['nosuch']"),
  },
  {
    what: "a plug-in that refuses",
    status: 400,
    code: "0x80040265",
    message: "Not in May.",
    provoke: stoppedBy("Not in May."),
  },
  {
    what: "a status of another state",
    status: 400,
    code: "0x80048408",
    message:
      /^State code is invalid or state code is valid but status code is invalid for a specified state code\./,
    provoke: write("accounts(KNOWN)", { statecode: 1, statuscode: 1 }),
  },
  {
    what: "columns that are no key",
    status: 400,
    code: "0x80060890",
    message:
      "The key in the request URI is not valid for resource 'Microsoft.Dynamics.CRM.account'. Ensure that the names and number of key properties match the declared key properties for the resource 'Microsoft.Dynamics.CRM.account'.",
    provoke: read("accounts(name='Known')"),
  },
  {
    what: "an expired delta token",
    status: 400,
    code: "0x80044352",
    message: "Version stamp associated with the client has expired. Please perform a full sync.",
    provoke: read("leads?$deltatoken=915000%2101%2f01%2f2026%2000%3a00%3a00"),
  },
  {
    what: "an entity without change tracking",
    status: 400,
    code: "0x80072491",
    message: "Entity organization isn't enabled for change tracking.",
    provoke: async (client, headers) =>
      client.get("organizations", { ...headers, prefer: `${headers["prefer"] ?? ""},odata.track-changes` }),
  },
];

const REFUSED: readonly Row[] = [
  {
    what: "a method that the address does not have",
    status: 405,
    code: "0x80060888",
    message: "The requested resource does not support http method 'PATCH'.",
    provoke: async (client, headers) =>
      client.send("PATCH", "accounts", { headers: { ...headers }, body: {} }),
  },
  {
    what: "a record that others hold on to",
    status: 405,
    code: "0x80040227",
    message: /cannot be deleted/,
    provoke: async (client, headers) => {
      const { manyToOne } = client.emulator.organization.entity("opportunity") ?? { manyToOne: [] };
      for (const [at, relation] of manyToOne.entries()) {
        if (relation.referencingAttribute === "parentaccountid")
          manyToOne[at] = { ...relation, cascade: { Delete: "Restrict" } };
      }
      const parentaccountid = { entity: "account", id: accountOf(client) };
      client.emulator.store.create("opportunity", { name: "Held", parentaccountid });
      const answer = await client.send("DELETE", `accounts(${parentaccountid.id})`, {
        headers: { ...headers },
      });
      expect(client.emulator.store.count("account")).toBe(1);
      return answer;
    },
  },
  {
    what: "another version",
    status: 412,
    code: "0x80060882",
    message: "The version of the existing record doesn't match the RowVersion property provided.",
    provoke: write("accounts(KNOWN)", { name: "X" }, { "if-match": 'W/"1"' }),
  },
  {
    what: "a primary key that is taken",
    status: 412,
    code: "0x80040237",
    message: "A record with matching key values already exists.",
    provoke: write("accounts(KNOWN)", { name: "X" }, { "if-none-match": "*" }),
  },
  {
    what: "an alternate key that is taken",
    status: 412,
    code: "0x80060892",
    message:
      "A record that has the attribute values Account Number already exists. The entity key number requires that this set of attributes contains unique values. Select unique values and try again.",
    provoke: async (client, headers) => {
      client.emulator.schema.addKey("account", "number", ["accountnumber"]);
      accountOf(client);
      return client.send("POST", "accounts", {
        headers: { ...headers },
        body: { name: "X", accountnumber: "K1" },
      });
    },
  },
  {
    what: "a duplicate by rule",
    status: 412,
    code: "0x80040333",
    message: "A record was not created or updated because a duplicate of the current record already exists.",
    provoke: async (client, headers) => {
      client.emulator.settings.duplicateRules.push({ entity: "account", attributes: ["name"] });
      accountOf(client);
      return client.send("POST", "accounts", {
        headers: { ...headers, "mscrm.suppressduplicatedetection": "false" },
        body: { name: "Known" },
      });
    },
  },
  {
    what: "a body that is too large",
    status: 413,
    code: "",
    message: "The request length is too large.",
    provoke: async (client, headers) => {
      client.emulator.settings.largestBody = 100;
      return client.send("POST", "accounts", { headers: { ...headers }, body: { name: "x".repeat(100) } });
    },
  },
  {
    what: "an address that is too long",
    status: 414,
    code: "",
    message: "The request URI is too long.",
    provoke: read(`accounts?$filter=name eq '${"x".repeat(32_768)}'`),
  },
];

const WAIT: Headers = { "retry-after": "300" };

const LIMITED: readonly Row[] = [
  {
    what: "too many requests",
    status: 429,
    code: "0x80072322",
    message: "Number of requests exceeded the limit of 0 over time window of 300 seconds.",
    provoke: limited({ requests: 0 }),
    says: WAIT,
  },
  {
    what: "too much execution time",
    status: 429,
    code: "0x80072321",
    message:
      "Combined execution time of incoming requests exceeded limit of 1,200,000 milliseconds over time window of 300 seconds. Decrease number of concurrent requests or reduce the duration of requests and try again later.",
    provoke: limited({ costMilliseconds: 1_200_001 }),
    says: WAIT,
  },
  {
    what: "too many at a time",
    status: 429,
    code: "0x80072326",
    message: "Number of concurrent requests exceeded the limit of 0.",
    provoke: limited({ concurrency: 0 }),
    says: { "retry-after": "2" },
  },
];

const HELP = "http://go.microsoft.com/fwlink/?LinkID=398563&error=Microsoft.Crm.CrmException%3a";

describe.each([...FORBIDDEN, ...NOT_FOUND, ...BAD, ...REFUSED, ...LIMITED])(
  "$status $code for $what",
  ({ status, code, message, provoke, says = {} }) => {
    it("says code and message, and nothing more", async () => {
      const answer = await provoke(await testClient(), {});
      expect([answer.status, answer.json["error"]?.["code"]]).toEqual([status, code]);
      if (typeof message === "string") expect(answer.json["error"]?.["message"]).toBe(message);
      else expect(answer.json["error"]?.["message"]).toMatch(message);
      expect(Object.keys(answer.json)).toEqual(["error"]);
      expect(Object.keys(answer.json["error"] ?? {})).toEqual(["code", "message"]);
      expect(answer.headers.get("content-type")).toBe("application/json; odata.metadata=minimal");
      expect(answer.headers.get("odata-version")).toBe("4.0");
      expect(answer.headers.get("x-ms-service-request-id")).toMatch(new RegExp(`^${GUID}$`));
      expect(answer.headers.get("etag")).toBeNull();
      for (const [name, value] of Object.entries(says)) expect(answer.headers.get(name)).toBe(value);
    });

    it("adds its details for who asks for annotations", async () => {
      const answer = await provoke(await testClient(), { prefer: 'odata.include-annotations="*"' });
      expect([answer.status, answer.json["error"]?.["code"]]).toEqual([status, code]);
      const { code: _, message: words, ...details } = answer.json["error"] ?? {};
      expect(details).toEqual({
        "@Microsoft.PowerApps.CDS.ErrorDetails.OperationStatus": "0",
        "@Microsoft.PowerApps.CDS.ErrorDetails.SubErrorCode": "-2146233088",
        "@Microsoft.PowerApps.CDS.HelpLink": `${HELP}${code.replace("0x", "")}&client=platform`,
        "@Microsoft.PowerApps.CDS.TraceText": "",
        "@Microsoft.PowerApps.CDS.InnerError.Message": words,
      });
    });
  },
);

describe("what has no rule of its own", () => {
  it("401 has no body, and says where to sign in", async () => {
    const client = await testClient();
    client.emulator.authority.expireAll();
    const { status, text, headers } = await client.get("leads");
    expect([status, text]).toEqual([401, ""]);
    expect(headers.get("www-authenticate")).toMatch(
      /^Bearer authorization_uri=.*\/oauth2\/authorize, resource_id=.*, error=invalid_token, error_description=/,
    );
  });

  it.each([
    [500, "0x80040216"],
    [500, "0x80044150"],
    [500, "0x80044151"],
    [429, "0x8005F103"],
    [429, "0x80060308"],
    [503, "0x80071151"],
  ])("%s %s comes on demand", async (status, code) => {
    const client = await testClient();
    client.emulator.faults.add({ effect: { type: "status", status, code, message: "On demand." }, times: 1 });
    const answer = await client.get("leads");
    expect([answer.status, answer.json]).toEqual([status, { error: { code, message: "On demand." } }]);
    expect((await client.get("leads")).status).toBe(200);
  });

  it("single details can be asked for", async () => {
    const client = await testClient();
    const prefer =
      'odata.include-annotations="OData.Community.Display.V1.FormattedValue,Microsoft.PowerApps.CDS.HelpLink"';
    const { json } = await client.get(`leads(${GONE})`, { prefer });
    expect(Object.keys(json["error"] ?? {})).toEqual([
      "code",
      "message",
      "@Microsoft.PowerApps.CDS.HelpLink",
    ]);
  });

  it("a longer address may travel in a batch, up to twice the length", async () => {
    const client = await testClient();
    const batch = async (length: number) => {
      const address = `/api/data/v9.2/accounts?$filter=name eq '${"x".repeat(length)}'`.replaceAll(
        " ",
        "%20",
      );
      const lines = [
        "--b",
        "Content-Type: application/http",
        "",
        `GET ${address} HTTP/1.1`,
        "",
        "",
        "--b--",
        "",
      ];
      const { text } = await client.send("POST", "$batch", {
        headers: { "content-type": "multipart/mixed; boundary=b" },
        body: lines.join("\r\n"),
      });
      return /^HTTP\/1\.1 (\d+)/m.exec(text)?.[1];
    };
    expect([await batch(40_000), await batch(66_000)]).toEqual(["200", "414"]);
  });

  it("looks the same over HTTP", async () => {
    const emulator = createEmulator();
    const served = await serve(emulator);
    try {
      const unsigned = await fetch(`${served.url}/api/data/v9.2/leads`);
      expect([unsigned.status, await unsigned.text()]).toEqual([401, ""]);
      const elsewhere = await fetch(`${served.url}/api/data/v99.0/leads`);
      expect([elsewhere.status, await elsewhere.json()]).toEqual([
        404,
        {
          error: {
            code: "",
            message: `No HTTP resource was found that matches the request URI '${served.url}/api/data/v99.0/leads'.`,
          },
        },
      ]);
      const long = await fetch(`${served.url}/api/data/v9.2/leads?$filter=${"x".repeat(40_000)}`);
      expect(long.status).toBe(401);
    } finally {
      await served.close();
    }
  });
});
