import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { organizationAddress } from "./organization-address.ts";

const CONTOSO = organizationAddress({ url: "https://contoso.crm4.dynamics.com/" });

describe("the address of an organization", () => {
  it("gives the base of the Web API and the resource of the token", () => {
    expect(CONTOSO).toMatchObject({
      resource: "https://contoso.crm4.dynamics.com",
      base: "https://contoso.crm4.dynamics.com/api/data/v9.2",
      host: "contoso.crm4.dynamics.com",
    });
    expect(
      organizationAddress({ url: "https://crm.corp.example/Contoso/", apiVersion: "v9.1" }),
    ).toMatchObject({
      resource: "https://crm.corp.example/Contoso",
      base: "https://crm.corp.example/Contoso/api/data/v9.1",
    });
  });
});

describe("a link of the service", () => {
  it.each([
    "https://contoso.crm4.dynamics.com/api/data/v9.2/contacts?x",
    "https://contoso.api.crm4.dynamics.com/api/data/v9.2/contacts",
    "https://CONTOSO.crm4.dynamics.com:443/",
  ])("is followed to %s", (link) => {
    expect(CONTOSO.owns(link)).toBe(true);
  });

  it.each([
    "https://fabrikam.crm4.dynamics.com/",
    "https://contoso.crm.dynamics.com/",
    "https://contoso.crm4.dynamics.com.evil.example/",
    "https://contoso.api.crm4.dynamics.com.evil.example/",
    "https://api.crm4.dynamics.com/",
    "https://evil.contoso.crm4.dynamics.com/",
    "https://contoso.api.evil.example/",
    "http://contoso.crm4.dynamics.com/",
    "https://contoso.crm4.dynamics.com:8443/",
    "https://contoso.crm4.dynamics.com@evil.example/",
    "https://user@contoso.crm4.dynamics.com/",
    "https://evil.example\\@contoso.crm4.dynamics.com/",
    "//contoso.crm4.dynamics.com/",
    "junk",
    "",
  ])("is not followed to %s", (link) => {
    expect(CONTOSO.owns(link)).toBe(false);
  });

  it("never leads to a host that is not the organization's, however it is written", () => {
    const host = fc.oneof(
      fc.domain(),
      fc.constantFrom("contoso.crm4.dynamics.com", "contoso.api.crm4.dynamics.com"),
    );
    const glue = fc.constantFrom("", "@", ".", ":", "\\", "/", "#", "?", "%2f", "..");
    fc.assert(
      fc.property(host, glue, host, glue, (first, a, second, b) => {
        const link = `https://${first}${a}${second}${b}/api`;
        if (!CONTOSO.owns(link)) return;
        expect(new URL(link).hostname).toMatch(/^contoso\.(api\.)?crm4\.dynamics\.com$/u);
      }),
      { numRuns: 2000 },
    );
  });

  it("may lead to an alias, and to nowhere like it", () => {
    const aliased = organizationAddress({
      url: "https://crm.corp.example/Org",
      aliases: ["https://crm:8443"],
    });
    expect(aliased.owns("https://crm:8443/Org/api")).toBe(true);
    expect(aliased.owns("https://crm/Org/api")).toBe(false);
    expect(aliased.owns("https://crm.api.corp.example/")).toBe(false);
  });
});
