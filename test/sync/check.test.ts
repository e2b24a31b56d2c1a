import { expect, test } from "vitest";
import { createEmulator } from "../../emulators/dataverse/emulator.ts";
import type { Emulator, EmulatorOptions } from "../../emulators/dataverse/emulator.ts";
import { checkOrganization } from "../../src/connectors/dataverse/check.ts";
import type { CheckLine } from "../../src/core/ports.ts";
import { ORIGIN, inProcess, signInTo } from "./scene.ts";

/** Each problem an organization can have is named on its own line, with what to do about it. */

interface Problem {
  readonly name: string;
  readonly arrange?: (emulator: Emulator) => void;
  readonly emulator?: EmulatorOptions;
  readonly clientSecret?: string;
  readonly apiVersion?: string;
  readonly url?: string;
  readonly line: string;
  readonly verdict: CheckLine["verdict"];
  readonly found: RegExp;
  readonly remedy: RegExp;
}

const PROBLEMS: readonly Problem[] = [
  {
    name: "a wrong client secret",
    clientSecret: "not-it",
    line: "sign-in",
    verdict: "red",
    found: /invalid client secret/i,
    remedy: /secret/i,
  },
  {
    name: "no application user",
    arrange: (emulator) => {
      emulator.applicationUser = "absent";
    },
    line: "application-user",
    verdict: "red",
    found: /user/i,
    remedy: /application user/i,
  },
  {
    name: "a disabled application user",
    arrange: (emulator) => {
      emulator.applicationUser = "disabled";
    },
    line: "application-user",
    verdict: "red",
    found: /disabled/i,
    remedy: /enable/i,
  },
  {
    name: "an application user without a role",
    arrange: (emulator) => {
      emulator.applicationUser = "without-role";
    },
    line: "application-user",
    verdict: "red",
    found: /role/i,
    remedy: /role/i,
  },
  {
    name: "read access to own records only",
    arrange: ({ access, organization }) =>
      access.set(organization.standard.applicationUser, "lead", "Read", "user"),
    line: "privileges:lead",
    verdict: "red",
    found: /lead/i,
    remedy: /organization/i,
  },
  {
    name: "no read access",
    arrange: ({ access, organization }) =>
      access.set(organization.standard.applicationUser, "contact", "Read", "none"),
    line: "privileges:contact",
    verdict: "red",
    found: /contact/i,
    remedy: /read/i,
  },
  {
    name: "change tracking off",
    arrange: ({ schema }) => schema.setChangeTracking("account", false),
    line: "change-tracking:account",
    verdict: "yellow",
    found: /off|not/i,
    remedy: /track changes/i,
  },
  {
    name: "an entity that does not exist",
    arrange: ({ schema }) => schema.removeEntity("opportunity"),
    line: "privileges:opportunity",
    verdict: "yellow",
    found: /opportunity/i,
    remedy: /./,
  },
  {
    name: "clocks an hour apart",
    arrange: ({ settings }) => {
      settings.clockSkew = 3_600_000;
    },
    line: "clock",
    verdict: "red",
    found: /3600 seconds behind|3599 seconds behind/,
    remedy: /time server/i,
  },
  {
    name: "clocks a minute apart",
    arrange: ({ settings }) => {
      settings.clockSkew = -60_000;
    },
    line: "clock",
    verdict: "yellow",
    found: /6[01] seconds ahead/,
    remedy: /time server/i,
  },
  {
    name: "an API version that the organization does not have",
    emulator: { version: "9.1" },
    apiVersion: "v9.2",
    line: "api-version",
    verdict: "red",
    found: /v9\.2/,
    remedy: /TANDEM_DYNAMICS_API_VERSION|v9\.1/,
  },
  {
    name: "plain http to another machine",
    url: "http://crm.contoso.example",
    line: "address",
    verdict: "red",
    found: /http/i,
    remedy: /https/i,
  },
];

test.each(PROBLEMS)("$name", async (problem) => {
  const emulator = createEmulator(problem.emulator ?? {});
  problem.arrange?.(emulator);
  const lines = await check(emulator, problem);
  const line = lines.find(({ id }) => id === problem.line);
  expect(line).toMatchObject({ verdict: problem.verdict });
  expect(line?.found).toMatch(problem.found);
  expect(line?.remedy).toMatch(problem.remedy);
});

test("an organization without problems is green on every line", async () => {
  const lines = await check(createEmulator({}), {});
  expect(lines.filter(({ verdict }) => verdict !== "green")).toEqual([]);
  expect(lines.length).toBeGreaterThan(10);
});

async function check(
  emulator: Emulator,
  { url = ORIGIN, clientSecret, apiVersion }: Pick<Problem, "url" | "clientSecret" | "apiVersion">,
): Promise<readonly CheckLine[]> {
  const signIn = { ...signInTo(emulator), ...(clientSecret === undefined ? {} : { clientSecret }) };
  const lines = checkOrganization(
    {
      url,
      signIn,
      transport: inProcess(emulator, []),
      entities: ["systemuser", "account", "contact", "lead", "opportunity"],
      ...(apiVersion === undefined ? {} : { apiVersion }),
    },
    new AbortController().signal,
  );
  return Array.fromAsync(lines);
}
