import { describe, expect, it } from "vitest";
import { generateKeyPairSync, createSign } from "node:crypto";
import { str, TestClient, testClient } from "./test-client.ts";

const ORIGIN = "https://contoso.crm.example";

describe("signing in", () => {
  it("points an unauthenticated client to the authority", async () => {
    const client = new TestClient();
    const { status, headers, text } = await client.raw(`${client.api}/WhoAmI`);
    expect([status, text]).toEqual([401, ""]);
    const { tenantId } = client.emulator.authority.credentials;
    expect(headers.get("www-authenticate")).toBe(
      `Bearer authorization_uri=${ORIGIN}/${tenantId}/oauth2/authorize, resource_id=${ORIGIN}/`,
    );
  });

  it("issues tokens that expire", async () => {
    const client = await testClient();
    expect((await client.token()).json).toMatchObject({ token_type: "Bearer", expires_in: 3599 });
    expect((await client.get("WhoAmI")).json["UserId"]).toBe(
      client.emulator.organization.standard.applicationUser,
    );
    client.now += 3_600_000;
    const late = await client.get("WhoAmI");
    expect(late.status).toBe(401);
    expect(late.headers.get("www-authenticate")).toContain("error=invalid_token");
  });

  it.each([
    [{ client_secret: "wrong" }, 401, "invalid_client"],
    [{ client_id: "wrong" }, 400, "unauthorized_client"],
    [{ scope: "nonsense" }, 400, "invalid_scope"],
    [{ grant_type: "device_code" }, 400, "unsupported_grant_type"],
    [{ grant_type: "password", username: "x", password: "y" }, 400, "invalid_grant"],
  ])("refuses %j", async (form, status, error) => {
    const answer = await new TestClient().token(form);
    expect([answer.status, answer.json["error"]]).toEqual([status, error]);
    expect(str(answer.json["error_description"])).toMatch(/^AADSTS\d+: /);
  });

  it("takes a password, and AD FS's resource parameter", async () => {
    const client = new TestClient();
    const { username, password, clientId } = client.emulator.authority.credentials;
    expect((await client.token({ grant_type: "password", username, password })).status).toBe(200);
    const body = new URLSearchParams({
      grant_type: "password",
      client_id: clientId,
      username,
      password,
      resource: ORIGIN,
    });
    expect(
      (await client.raw(`${ORIGIN}/adfs/oauth2/token`, { method: "POST", body: body.toString() })).status,
    ).toBe(200);
  });

  it("checks the signature of a certificate's assertion", async () => {
    const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const client = new TestClient({
      credentials: { certificate: publicKey.export({ type: "spki", format: "pem" }).toString() },
    });
    const { clientId } = client.emulator.authority.credentials;
    const claims = {
      iss: clientId,
      sub: clientId,
      aud: `${ORIGIN}/tenant/oauth2/v2.0/token`,
      exp: client.now / 1000 + 60,
    };
    const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    const signed = `${part({ alg: "RS256" })}.${part(claims)}`;
    const form = (signature: string) => ({
      client_secret: "",
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: `${signed}.${signature}`,
    });
    const signature = createSign("RSA-SHA256").update(signed).sign(privateKey, "base64url");
    expect((await client.token(form(signature))).status).toBe(200);
    expect((await client.token(form("AAAA"))).status).toBe(401);
  });

  it.each([
    ["absent", "0x80072560"],
    ["disabled", "0x80040225"],
    ["without-role", "0x80042f09"],
  ] as const)("meets an application user that is %s", async (state, code) => {
    const client = await testClient();
    client.emulator.applicationUser = state;
    const { status, json } = await client.get("contacts");
    expect([status, json["error"]?.["code"]]).toEqual([403, code]);
    client.emulator.applicationUser = "present";
    expect((await client.get("contacts")).status).toBe(200);
  });

  it("lives below the organization's name and at 9.1 on-premises", async () => {
    const client = await testClient({
      basePath: "/Contoso",
      version: "9.1",
      settings: { parallelismHint: 0 },
    });
    const { status, headers } = await client.get(`${ORIGIN}/Contoso/api/data/v9.1/WhoAmI`);
    expect(status).toBe(200);
    expect(headers.get("x-ms-dop-hint")).toBeNull();
    expect((await client.get(`${ORIGIN}/Contoso/api/data/v9.2/WhoAmI`)).status).toBe(404);
    expect((await client.get(`${ORIGIN}/api/data/v9.1/WhoAmI`)).status).toBe(404);
  });
});

describe("limits", () => {
  it("counts requests in a sliding window", async () => {
    const client = await testClient({ limits: { enabled: true, requests: 3 } });
    const first = await client.get("WhoAmI");
    expect(first.headers.get("x-ms-ratelimit-burst-remaining-xrm-requests")).toBe("2");
    expect(first.headers.get("x-ms-ratelimit-time-remaining-xrm-requests")).toBe("1,199.98");
    client.now += 100_000;
    await client.get("WhoAmI");
    await client.get("WhoAmI");
    const refused = await client.get("WhoAmI");
    expect([refused.status, refused.json["error"]?.["code"]]).toEqual([429, "0x80072322"]);
    expect(refused.json["error"]?.["message"]).toBe(
      "Number of requests exceeded the limit of 3 over time window of 300 seconds.",
    );
    expect(refused.headers.get("retry-after")).toBe("200");
    client.now += 200_000;
    expect((await client.get("WhoAmI")).status).toBe(200);
  });

  it("counts requests that run at the same time", async () => {
    const waiting: (() => void)[] = [];
    const wait = () => new Promise<void>((resolve) => waiting.push(resolve));
    const client = await testClient({ wait, limits: { enabled: true, concurrency: 2 } });
    client.emulator.faults.add({ effect: { type: "latency", milliseconds: 50 }, times: 2 });
    const running = [client.get("WhoAmI"), client.get("WhoAmI")];
    await expect.poll(() => waiting.length).toBe(2);
    const refused = await client.get("WhoAmI");
    expect([refused.status, refused.json["error"]?.["code"]]).toEqual([429, "0x80072326"]);
    expect(refused.json["error"]?.["message"]).toBe("Number of concurrent requests exceeded the limit of 2.");
    for (const resume of waiting) resume();
    expect((await Promise.all(running)).map(({ status }) => status)).toEqual([200, 200]);
    expect((await client.get("WhoAmI")).status).toBe(200);
  });

  it("counts execution time", async () => {
    const client = await testClient({
      limits: { enabled: true, executionMilliseconds: 1_200_000, costMilliseconds: 700_000 },
    });
    expect((await client.get("WhoAmI")).status).toBe(200);
    const { json } = await client.get("WhoAmI");
    expect(json["error"]?.["code"]).toBe("0x80072321");
    expect(json["error"]?.["message"]).toContain(
      "exceeded limit of 1,200,000 milliseconds over time window of 300 seconds.",
    );
  });
});

describe("faults", () => {
  it("strikes by rule: so many times, after so many, for some requests", async () => {
    const client = await testClient();
    const { faults } = client.emulator;
    faults.add({ effect: { type: "status", status: 503 }, url: "/contacts", skip: 1, times: 1 });
    const statuses = [];
    for (const path of ["contacts", "leads", "contacts", "contacts"])
      statuses.push((await client.get(path)).status);
    expect(statuses).toEqual([200, 200, 503, 200]);
    expect(faults.list()[0]?.struck).toBe(1);
  });

  it("asks for patience in seconds or as a date", async () => {
    const client = await testClient();
    client.emulator.faults.add({
      effect: { type: "status", status: 429, code: "0x80072322", retryAfter: 7 },
      times: 1,
    });
    client.emulator.faults.add({ effect: { type: "status", status: 429, retryAfter: 7, asDate: true } });
    expect((await client.get("contacts")).headers.get("retry-after")).toBe("7");
    expect(Date.parse((await client.get("contacts")).headers.get("retry-after") ?? "")).toBe(
      client.now - (client.now % 1000) + 7000,
    );
  });

  it("breaks the connection before or after the effect", async () => {
    const client = await testClient();
    const { faults, store } = client.emulator;
    const create = async () => client.send("POST", "accounts", { body: { name: "X" } });
    faults.add({ effect: { type: "reset", when: "before" }, times: 1 });
    await expect(create()).rejects.toThrow("fetch failed");
    expect(store.count("account")).toBe(0);
    faults.add({ effect: { type: "reset", when: "after" }, times: 1 });
    await expect(create()).rejects.toThrow("fetch failed");
    expect(store.count("account")).toBe(1);
  });

  it("cuts, empties and replaces bodies", async () => {
    const client = await testClient();
    const { faults } = client.emulator;
    faults.add({ effect: { type: "truncate", share: 0.5 }, times: 1 });
    await expect(client.get("systemusers")).rejects.toThrow();
    faults.add({ effect: { type: "empty" }, times: 1 });
    expect((await client.get("systemusers")).text).toBe("");
    faults.add({ effect: { type: "html" }, times: 1 });
    expect((await client.get("systemusers")).text).toContain("<html>");
    faults.add({ effect: { type: "expire-tokens" }, times: 1 });
    expect((await client.get("systemusers")).status).toBe(401);
    await client.signIn();
    expect((await client.get("systemusers")).status).toBe(200);
  });

  it("shows rows twice and empty pages when the pages are unsteady", async () => {
    const client = await testClient();
    client.emulator.store.insertMany(
      "lead",
      Array.from({ length: 9 }, (_, index) => ({ lastname: `L${index}` })),
    );
    Object.assign(client.emulator.settings, { pageOverlap: 1, emptyPageEvery: 2 });
    for (const prefer of ["odata.maxpagesize=3", "odata.track-changes,odata.maxpagesize=3"]) {
      const { rows, pages } = await client.readAll("leads?$select=lastname", { prefer });
      expect(rows.length).toBeGreaterThan(9);
      expect(new Set(rows.map((row) => str(row["leadid"]))).size).toBe(9);
      expect(pages).toBeGreaterThan(4);
    }
  });
});
