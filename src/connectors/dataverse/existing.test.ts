import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { ScriptedWire } from "../../../test/connectors/script.ts";
import { refused, scriptedWire } from "../../../test/connectors/script.ts";
import { CONTACT, NEVER, UNTRACKED, guid, open } from "../../../test/connectors/organization.ts";

/** An organization that has these records, and hides some of them from us. */
function having(
  ids: readonly string[],
  { hidden = [] as readonly string[], global = true } = {},
): ScriptedWire {
  return scriptedWire({
    "CRM.In(": ({ url }) => {
      const asked = JSON.parse(
        /PropertyValues=(\[.*\])\)/u.exec(decodeURIComponent(url))?.[1] ?? "[]",
      ) as string[];
      return {
        body: {
          value: asked.filter((id) => ids.includes(id)).map((id) => ({ contactid: id.toUpperCase() })),
        },
      };
    },
    "contacts(": ({ url }) => {
      const id = /contacts\((.*)\)/u.exec(url)?.[1] ?? "";
      if (hidden.includes(id)) return refused(403, "0x80048306", "SecLib::AccessCheckEx failed.");
      return ids.includes(id)
        ? { body: { contactid: id } }
        : refused(404, "0x80040217", `contact With Id = ${id} Does Not Exist`);
    },
    "contacts?$select=contactid": ({ headers }) =>
      headers["prefer"]?.includes("odata.track-changes") === true && !global
        ? refused(403, "0x80040220", "is missing organization read")
        : { body: { value: [] } },
  });
}

describe("which records exist", () => {
  it("is answered for any number of ids, in addresses that are short enough", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.nat(2000), { maxLength: 700 }), fc.nat(3), async (numbers, keep) => {
        const ids = numbers.map(guid);
        const kept = ids.filter((_, place) => place % 4 <= keep);
        const wire = having(kept);
        const found = await open(wire).existing(CONTACT, ids, NEVER);
        expect([...found].sort()).toEqual([...kept].sort());
        for (const { url } of wire.sent) expect(url.length).toBeLessThan(12_000);
      }),
      { numRuns: 25 },
    );
  });

  it("does not take a lost permission for deletes: change tracking proves the right to see everything", async () => {
    const wire = having([guid(1)], { global: false });
    await expect(open(wire).existing(CONTACT, [guid(1), guid(2)], NEVER)).rejects.toMatchObject({
      code: "permission_missing",
    });
    expect(await open(wire).existing(CONTACT, [guid(1)], NEVER)).toEqual(new Set([guid(1)]));
  });

  it("asks for each missing id by itself where there is no change tracking", async () => {
    const wire = having([guid(1)], { hidden: [guid(2)] });
    const found = await open(wire).existing(UNTRACKED, [1, 2, 3].map(guid), NEVER);
    expect([...found].sort()).toEqual([guid(1), guid(2)]);
    expect(wire.paths("contacts(")).toHaveLength(2);
  });

  it("is not answered from an incomplete answer, or by any other refusal", async () => {
    const body = { value: [], "@odata.nextLink": "https://contoso.crm.dynamics.com/x" };
    const incomplete = scriptedWire({ "CRM.In(": { body } });
    await expect(open(incomplete).existing(CONTACT, [guid(1)], NEVER)).rejects.toMatchObject({
      code: "unexpected_answer",
    });
    const broken = scriptedWire({
      "CRM.In(": { body: { value: [] } },
      "contacts(": refused(404, "0x8006088a"),
    });
    await expect(open(broken).existing(UNTRACKED, [guid(1)], NEVER)).rejects.toMatchObject({
      code: "entity_missing",
    });
  });
});
