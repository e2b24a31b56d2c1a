import { describe, expect, it } from "vitest";

import { CURRENCIES, ME, NO_TABLE, column, tableLines } from "../../../test/connectors/definitions.ts";
import { NEVER, ORG, SIGN_IN } from "../../../test/connectors/organization.ts";
import type { Line } from "../../../test/connectors/script.ts";
import { refused, scriptedWire, virtualTiming, wireError } from "../../../test/connectors/script.ts";
import type { CheckLine } from "../../core/ports.ts";
import type { CheckOptions } from "./check.ts";
import { checkOrganization } from "./check.ts";

const CHALLENGE = {
  "www-authenticate": "Bearer authorization_uri=https://login.example/t9/oauth2/authorize",
};
const DEAL = { columns: [column("dealid", { AttributeType: "Uniqueidentifier" })] };

const date = (skewMs: number) => ({ date: new Date(virtualTiming().now() + skewMs).toUTCString() });

/** Answers 401 to whoever knocks without a token, and the given line to the others. */
function behindSignIn(line: Line, headers: Readonly<Record<string, string>> = {}): Line {
  return async (request) => {
    if (request.headers["authorization"] === undefined)
      return { status: 401, headers: { ...CHALLENGE, ...headers } };
    if (line instanceof Error) throw line;
    return typeof line === "function" ? line(request) : line;
  };
}

async function check(lines: Readonly<Record<string, Line>> = {}, options: Partial<CheckOptions> = {}) {
  const wire = scriptedWire({
    ...lines,
    "/WhoAmI": behindSignIn(ME["/WhoAmI"], date(0)),
    ...CURRENCIES,
    RetrieveVersion: { body: { Version: "9.2.24043.199" } },
    "/systemuserroles_association": { body: { value: [{ name: "Tandem reader" }] } },
    "/systemusers(": { body: { fullname: "# Tandem", isdisabled: false } },
    ...tableLines("deal", "deals", DEAL),
    "LogicalName='nosuch'": NO_TABLE,
    ...lines,
  });
  const all = {
    url: ORG,
    signIn: SIGN_IN,
    transport: wire,
    timing: virtualTiming(),
    entities: ["deal"],
    ...options,
  };
  const found: CheckLine[] = await Array.fromAsync(checkOrganization(all, NEVER));
  return { found, line: (id: string): CheckLine | undefined => found.find((one) => one.id === id), wire };
}

const ORDER = [
  "address",
  "tls",
  "sign-in",
  "api-version",
  "application-user",
  "privileges:deal",
  "change-tracking:deal",
  "clock",
  "limits",
];

/** Found on the way, whatever else is wrong. */
const BY_THEMSELVES: ReadonlySet<string> = new Set(["tls", "clock", "limits"]);

describe("the set-up check", () => {
  it("is green all over for a good organization, in a fixed order", async () => {
    const { found, line } = await check();
    expect(found.map(({ id }) => id)).toEqual(ORDER);
    expect(found.filter(({ verdict }) => verdict !== "green")).toEqual([]);
    expect(line("address")?.found).toContain("https://login.example/t9");
    expect(line("application-user")?.found).toContain("Tandem reader");
    expect(line("api-version")?.found).toContain("9.2.24043.199");
  });

  it.each<[string, Record<string, Line>, Partial<CheckOptions>]>([
    ["address", {}, { url: "contoso" }],
    ["address", {}, { url: "http://contoso.crm.dynamics.com" }],
    ["address", { "/WhoAmI": wireError("ENOTFOUND") }, {}],
    ["address", { "/WhoAmI": wireError("ECONNREFUSED") }, {}],
    ["address", { "/WhoAmI": { body: "<html>" } }, {}],
    ["address", { "/WhoAmI": { status: 401, headers: { "www-authenticate": "NTLM" } } }, {}],
    ["tls", { "/WhoAmI": wireError("SELF_SIGNED_CERT_IN_CHAIN") }, {}],
    ["sign-in", { "/oauth2/": { status: 401, body: { error: "invalid_client" } } }, {}],
    ["sign-in", { "/oauth2/": wireError("ECONNREFUSED") }, {}],
    ["sign-in", {}, { signIn: { ...SIGN_IN, authority: "http://sts.corp.example" } }],
    ["api-version", { RetrieveVersion: { body: { Version: "8.2.2.112" } } }, {}],
    ["api-version", { RetrieveVersion: refused(404, "", "No HTTP resource was found") }, {}],
    ["application-user", { "/WhoAmI": behindSignIn(refused(403, "0x80072560", "not a member")) }, {}],
    ["application-user", { "/systemusers(": { body: { fullname: "x", isdisabled: true } } }, {}],
    [
      "application-user",
      { "/systemusers(": refused(403, "0x80042f09", "has not been assigned any roles") },
      {},
    ],
  ])(
    "finds what is wrong with the %s, and judges nothing that depends on it: %o %o",
    async (id, lines, options) => {
      const { found, line } = await check(lines, options);
      expect(found.map((one) => one.id).sort()).toEqual([...ORDER].sort());
      expect(line(id)?.verdict).toBe("red");
      expect(line(id)?.remedy).toMatch(/\w/u);
      const later = found.slice(found.findIndex((one) => one.id === id) + 1);
      for (const one of later.filter((other) => !BY_THEMSELVES.has(other.id))) {
        expect(one).toMatchObject({ verdict: "yellow", found: "This cannot be judged yet." });
      }
      expect(JSON.stringify(found)).not.toContain(SIGN_IN.clientSecret);
    },
  );

  it("says which role is missing for an entity, and goes on", async () => {
    const { line } = await check({ "/deals?": refused(403, "0x80040220", "is missing prvReadDeal") });
    expect(line("privileges:deal")).toMatchObject({ verdict: "red" });
    expect(line("privileges:deal")?.remedy).toContain("Organization scope");
    expect(line("clock")?.verdict).toBe("green");
  });

  it("says how to turn change tracking on, where it can be", async () => {
    const untracked = (can: boolean) =>
      check({
        ...tableLines("deal", "deals", {
          ...DEAL,
          table: { ChangeTrackingEnabled: false, CanChangeTrackingBeEnabled: { Value: can } },
        }),
      });
    expect((await untracked(true)).line("change-tracking:deal")).toMatchObject({ verdict: "yellow" });
    expect((await untracked(true)).line("change-tracking:deal")?.remedy).toContain("Track changes");
    expect((await untracked(false)).line("change-tracking:deal")?.remedy).toContain("Nothing to do");
    expect((await untracked(true)).line("privileges:deal")?.verdict).toBe("yellow");
  });

  it("takes a table that does not exist lightly", async () => {
    const { line } = await check({}, { entities: ["nosuch", "deal"] });
    expect(line("privileges:nosuch")?.verdict).toBe("yellow");
    expect(line("privileges:deal")?.verdict).toBe("green");
  });

  it("does not need to read its own name or roles", async () => {
    const denied = refused(403, "0x80040220", "is missing prvReadUser");
    expect((await check({ "/systemusers(": denied })).line("application-user")?.verdict).toBe("green");
    const noRoles = await check({ "/systemuserroles_association": refused(403, "0x80040220") });
    expect(noRoles.line("application-user")?.verdict).toBe("green");
    const none = await check({ "/systemuserroles_association": { body: { value: [] } } });
    expect(none.line("application-user")?.verdict).toBe("yellow");
  });

  it.each([
    [0, "green"],
    [-29_000, "green"],
    [120_000, "yellow"],
    [-3_600_000, "red"],
  ])("compares the clocks: %d ms is %s", async (skew, verdict) => {
    const { line } = await check({ "/WhoAmI": behindSignIn(ME["/WhoAmI"], date(skew)) });
    expect(line("clock")?.verdict).toBe(verdict);
  });

  it("passes on what the service says about load", async () => {
    const headers = { "x-ms-dop-hint": "48", "x-ms-ratelimit-burst-remaining-xrm-requests": "17" };
    const { line } = await check({ "/WhoAmI": behindSignIn({ ...ME["/WhoAmI"], headers }, date(0)) });
    expect(line("limits")).toMatchObject({ verdict: "yellow" });
    expect(line("limits")?.found).toContain("48 parallel requests advised, 17 requests left");
  });

  it("throws only when it is stopped", async () => {
    const stopping = checkOrganization(
      { url: ORG, signIn: SIGN_IN, transport: scriptedWire({}), entities: [] },
      AbortSignal.abort(),
    );
    await expect(Array.fromAsync(stopping)).rejects.toMatchObject({ code: "stopped" });
  });
});
