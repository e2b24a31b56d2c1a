/**
 * An emulated organization to write to, with everything the sink contract asks for.
 */
import { randomUUID } from "node:crypto";

import { createEmulator } from "../../emulators/dataverse/emulator.ts";
import type { Emulator } from "../../emulators/dataverse/emulator.ts";
import type { AttributeFile } from "../../emulators/dataverse/schema.ts";
import { serve } from "../../emulators/dataverse/serve.ts";
import type { DataverseOptions, DataverseSource } from "../../src/connectors/dataverse/source.ts";
import { openDataverse } from "../../src/connectors/dataverse/source.ts";
import type { Transport } from "../../src/connectors/http/transport.ts";
import { openUndici } from "../../src/connectors/http/undici-transport.ts";
import type { SinkWorld } from "../contract/sink.ts";

const COLUMN = {
  displayName: "New",
  requiredLevel: "None",
  isPrimaryId: false,
  isPrimaryName: false,
  isValidForCreate: true,
  isValidForUpdate: true,
  isValidForRead: true,
  isValidODataAttribute: true,
  isCustomAttribute: true,
} as const;

export interface DataverseWorld extends SinkWorld {
  readonly emulator: Emulator;
  open(options?: Partial<DataverseOptions>): DataverseSource;
}

/** @param offersMultiple whether the organization says that it has `UpdateMultiple` */
export async function openSinkWorld(offersMultiple: boolean): Promise<DataverseWorld> {
  const emulator = createEmulator();
  const { store, organization, faults } = emulator;
  addColumns(emulator);
  const served = await serve(emulator);
  const { tenantId: tenant, clientId, clientSecret } = emulator.authority.credentials;
  const signIn = { kind: "client-secret", authority: served.url, tenant, clientId, clientSecret } as const;
  countWrites(emulator);
  const businessunitid = { entity: "businessunit", id: organization.standard.businessUnit };
  const people = {
    account: { entity: "account", id: store.create("account", { name: "Contoso" }) },
    contact: { entity: "contact", id: store.create("contact", { lastname: "Parent", jobtitle: "Parent" }) },
    user: { entity: "systemuser", id: organization.standard.administrator },
    team: { entity: "team", id: store.create("team", { name: "Sellers", businessunitid }) },
  };
  return {
    emulator,
    open: (options = {}) =>
      openDataverse({
        url: served.url,
        signIn,
        transport: offering(openUndici(), offersMultiple),
        ...options,
      }),
    entity: "contact",
    attributes: {
      text: "firstname",
      other: "jobtitle",
      yes: "donotemail",
      whole: "numberofchildren",
      exact: "new_ratio",
      choice: "familystatuscode",
      choices: "new_topics",
      day: "birthdate",
      moment: "new_seen",
      owner: "ownerid",
      customer: "parentcustomerid",
    },
    people,
    newId: () => randomUUID(),
    insert: async (text) => store.create("contact", { firstname: text, lastname: "Somebody" }),
    change: async (id, text) => store.update("contact", id, { firstname: text }),
    remove: async (id) => store.remove("contact", id),
    deactivate: async (id) => store.update("contact", id, { statecode: 1 }),
    async look(id, attribute) {
      const record = store.get("contact", id);
      return record === undefined ? undefined : (record[attribute] ?? null);
    },
    carriedOut: (id) => Number(store.get("contact", id)?.[COUNT] ?? 0),
    forbid(text) {
      emulator.plugIns.register({
        before: ({ changes }) => {
          if (changes["firstname"] === text) throw new Error("We do not do that here.");
        },
      });
    },
    forbidWriting: () =>
      emulator.access.set(organization.standard.applicationUser, "contact", "Write", "none"),
    breakOff(when, times) {
      faults.clear();
      for (const method of ["POST", "PATCH"])
        faults.add({ method, url: "/api/data/", effect: { type: "reset", when }, times });
    },
    throttle(seconds) {
      const code = "0x80072322";
      const effect = { type: "status", status: 429, code, retryAfter: seconds } as const;
      faults.add({ method: "POST", url: "/api/data/", effect, times: 1 });
    },
    insertLead: async () => store.create("lead", { lastname: "Lead", subject: "Interested" }),
    closeLead: async (id) => store.update("lead", id, { statecode: 2 }),
    close: async () => served.close(),
  };
}

function addColumns({ schema }: Emulator): void {
  const add = (name: string, attributeType: string, more: Partial<AttributeFile> = {}): void =>
    schema.addAttribute("contact", {
      ...COLUMN,
      logicalName: name,
      schemaName: name,
      attributeType,
      attributeTypeName: `${attributeType}Type`,
      ...more,
    });
  add("new_ratio", "Decimal", { minValue: -100_000_000_000, maxValue: 100_000_000_000, precision: 10 });
  add("new_seen", "DateTime", { dateTimeBehavior: "UserLocal" });
  add(COUNT, "Integer", { minValue: 0, maxValue: 1_000_000 });
  const options = [1, 2, 9].map((value) => ({ value, label: `Topic ${value}` }));
  add("new_topics", "Virtual", {
    attributeTypeName: "MultiSelectPicklistType",
    optionSet: { name: "new_topics", isGlobal: false, options },
  });
}

/** A column that counts the writes of its record, so that what is taken back takes its count back too. */
const COUNT = "new_writes";

function countWrites({ plugIns, store }: Emulator): void {
  plugIns.register({
    before({ entity, id, changes }) {
      if (entity === "contact") changes[COUNT] = Number(store.get(entity, id)?.[COUNT] ?? 0) + 1;
    },
  });
}

/** The emulator has no list of messages; this answers for it when the client asks which entities offer which. */
function offering(transport: Transport, offersMultiple: boolean): Transport {
  return {
    async send(request) {
      if (!request.url.includes("/sdkmessagefilters?")) return transport.send(request);
      const value = offersMultiple ? [{ sdkmessagefilterid: randomUUID() }] : [];
      const body = Buffer.from(JSON.stringify({ value }));
      return { status: 200, headers: { "content-type": "application/json" }, body };
    },
    close: async () => transport.close(),
  };
}
