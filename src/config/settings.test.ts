import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { SyncError } from "../core/errors.ts";
import { SETTINGS, Secret, readSettings } from "./settings.ts";

/** What is wrong, a line a setting; fails when nothing is. */
function complaint(environment: Readonly<Record<string, string>>): string {
  try {
    readSettings(environment);
  } catch (error) {
    if (error instanceof SyncError && error.code === "configuration_invalid") return error.message;
    throw error;
  }
  throw new Error("the settings were accepted");
}

describe("without any setting", () => {
  test("everything has its default", () => {
    expect(readSettings({})).toMatchObject({
      TANDEM_DATABASE_URL: "./data",
      TANDEM_WORKSPACE: "marketing",
      TANDEM_DYNAMICS_URL: undefined,
      TANDEM_DYNAMICS_API_VERSION: "v9.2",
      TANDEM_DYNAMICS_TOKEN_ENDPOINT: "v2",
      TANDEM_ENTITIES: undefined,
      TANDEM_PAGE_SIZE: 2500,
      TANDEM_GUARD_COUNT: 500,
      TANDEM_GUARD_PERCENT: 10,
      TANDEM_FILTER_COLUMN: "new_synctomkto",
      TANDEM_FILTER_EXIT: "freeze",
      TANDEM_HOST: "127.0.0.1",
      TANDEM_PORT: 4600,
      TANDEM_DEMO_RECORDS: 20_000,
      TANDEM_DEMO_SELLERS: true,
    });
  });

  test("blank variables count as absent, and those of others are left alone", () => {
    expect(
      readSettings({
        TANDEM_PORT: " ",
        TANDEM_DYNAMICS_URL: "",
        PATH: "/bin",
        TANDEM_TEST_DATABASE_URL: "x",
      }),
    ).toEqual(readSettings({}));
  });

  test("every setting has a sentence for the help, and its values are read", () => {
    const settings = readSettings({});
    for (const [name, { about }] of Object.entries(SETTINGS)) {
      expect(about.length, name).toBeGreaterThan(10);
      expect(about, name).not.toMatch(/\.$/);
      expect(name in settings).toBe(true);
    }
  });
});

test("values are read as what they mean", () => {
  expect(
    readSettings({
      TANDEM_PORT: "0",
      TANDEM_GUARD_COUNT: "0",
      TANDEM_DEMO_SELLERS: "false",
      TANDEM_ENTITIES: "new_a, new_b  new_c,,",
      TANDEM_DYNAMICS_URL: "https://org.example",
      TANDEM_DYNAMICS_API_VERSION: "9.1",
    }),
  ).toMatchObject({
    TANDEM_PORT: 0,
    TANDEM_GUARD_COUNT: 0,
    TANDEM_DEMO_SELLERS: false,
    TANDEM_ENTITIES: ["new_a", "new_b", "new_c"],
    TANDEM_DYNAMICS_URL: "https://org.example",
    TANDEM_DYNAMICS_API_VERSION: "9.1",
  });
});

describe("a wrong setting is named, with what it may be", () => {
  test.each([
    ["TANDEM_PORT", "http", /^: write a whole number from 0 to 65535$/],
    ["TANDEM_PORT", "65536", /65535/],
    ["TANDEM_PORT", "-1", /0/],
    ["TANDEM_PORT", "-4.5", /^: write a whole number from 0 to 65535$/],
    ["TANDEM_PAGE_SIZE", "0", /1/],
    ["TANDEM_PAGE_SIZE", "5001", /5000/],
    ["TANDEM_GUARD_PERCENT", "101", /100/],
    ["TANDEM_PAUSE_SECONDS", "0", /1/],
    ["TANDEM_DYNAMICS_URL", "org.crm.dynamics.com", /url/i],
    ["TANDEM_DYNAMICS_URL", "ftp://org.example", /url/i],
    ["TANDEM_DYNAMICS_API_VERSION", "latest", /like v9\.2/],
    ["TANDEM_DYNAMICS_TOKEN_ENDPOINT", "v1", /v2.*adfs/],
    ["TANDEM_WORKSPACE", "My Marketing", /lower-case/],
    ["TANDEM_WORKSPACE", 'x"; drop schema public', /lower-case/],
    ["TANDEM_WORKSPACE", "a".repeat(52), /lower-case/],
    ["TANDEM_LOG", "loud", /silent/],
    ["TANDEM_SECRET_KEY", "correct horse battery staple", /openssl rand -base64 32/],
    ["TANDEM_SECRET_KEY", "c2hvcnQ=", /exactly 32 bytes/],
    ["TANDEM_DEMO_SELLERS", "maybe", /true/],
  ])("%s=%s", (name, value, meaning) => {
    const said = complaint({ [name]: value });
    expect(said).toMatch(new RegExp(`^${name}: `));
    expect(said.split("\n")).toHaveLength(1);
    expect(said.slice(name.length)).toMatch(meaning);
  });

  test("all of them at once, a line each", () => {
    const said = complaint({ TANDEM_PORT: "x", TANDEM_PAGE_SIZE: "0", TANDEM_PROT: "1" });
    expect(said.split("\n").map((line) => line.split(":")[0])).toEqual([
      "TANDEM_PAGE_SIZE",
      "TANDEM_PORT",
      "TANDEM_PROT",
    ]);
  });

  test("a misspelt name is met with the one that was meant", () => {
    expect(complaint({ TANDEM_PROT: "1" })).toBe(
      "TANDEM_PROT: there is no such setting; did you mean TANDEM_PORT?",
    );
    expect(complaint({ TANDEM_DYNAMICS_URI: "x" })).toMatch(/mean TANDEM_DYNAMICS_URL\?$/);
    expect(complaint({ TANDEM_DYNAMICS_TENANTID: "x" })).toMatch(/mean TANDEM_DYNAMICS_TENANT_ID\?$/);
    expect(complaint({ TANDEM_HORT: "x" })).toMatch(/mean TANDEM_(HOST|PORT)\?$/);
    expect(complaint({ TANDEM_SOMETHING_ELSE: "x" })).toBe("TANDEM_SOMETHING_ELSE: there is no such setting");
  });

  test("of two names that are near, the nearer one is suggested", () => {
    expect(complaint({ TANDEM_DYNAMICS_TLS_KEYS: "x" })).toMatch(/mean TANDEM_DYNAMICS_TLS_KEY\?$/);
    expect(complaint({ TANDEM_PORST: "x" })).toMatch(/mean TANDEM_PORT\?$/);
  });
});

describe("a secret", () => {
  const settings = readSettings({
    TANDEM_DYNAMICS_CLIENT_SECRET: "hunter2",
    TANDEM_DYNAMICS_PASSWORD: "correct horse",
  });

  test("is there for whoever signs in", () => {
    expect(settings.TANDEM_DYNAMICS_CLIENT_SECRET?.reveal()).toBe("hunter2");
    expect(settings.TANDEM_DYNAMICS_PASSWORD?.reveal()).toBe("correct horse");
  });

  test("is printed by nobody", () => {
    const secret = new Secret("hunter2");
    const shown = [
      String(secret),
      secret.toString(),
      JSON.stringify(settings),
      inspect(settings, { depth: 9, showHidden: true }),
      inspect(secret),
      Object.entries(secret).join(""),
    ];
    for (const text of shown) expect(text).not.toMatch(/hunter2|correct horse/);
    expect(JSON.parse(JSON.stringify({ secret }))).toEqual({ secret: "(set)" });
  });

  test("is not repeated by a complaint, nor is any other value", () => {
    const said = complaint({
      TANDEM_DYNAMICS_CLIENT_SECRET: "hunter2",
      TANDEM_DYNAMICS_SECRET: "hunter2",
      TANDEM_PORT: "hunter2",
      TANDEM_LOG: "hunter2",
      TANDEM_DYNAMICS_URL: "hunter2",
      TANDEM_WORKSPACE: "Hunter2",
      TANDEM_DEMO_SELLERS: "hunter2",
    });
    expect(said).not.toMatch(/hunter2/i);
  });
});
