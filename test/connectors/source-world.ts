/**
 * An emulated organization to follow, with everything the source contract asks for.
 */
import { createEmulator } from "../../emulators/dataverse/emulator.ts";
import type { Emulator, EmulatorOptions } from "../../emulators/dataverse/emulator.ts";
import { serve } from "../../emulators/dataverse/serve.ts";
import type { DataverseSource } from "../../src/connectors/dataverse/source.ts";
import { openDataverse } from "../../src/connectors/dataverse/source.ts";
import type { SourceWorld } from "../contract/source.ts";

const ENTITY = "lead";

export interface DataverseSourceWorld extends SourceWorld {
  readonly emulator: Emulator;
  open(): DataverseSource;
}

export async function openSourceWorld(options: EmulatorOptions = {}): Promise<DataverseSourceWorld> {
  const emulator = createEmulator(options);
  const served = await serve(emulator);
  const { tenantId: tenant, clientId, clientSecret } = emulator.authority.credentials;
  const signIn = { kind: "client-secret", authority: served.url, tenant, clientId, clientSecret } as const;
  return {
    emulator,
    open: () => openDataverse({ url: served.url + (options.basePath ?? ""), signIn, ...versionOf(options) }),
    entity: ENTITY,
    text: "companyname",
    other: "jobtitle",
    insert: async (texts) => texts.map((text) => create(emulator, { companyname: text })),
    change: async (id, text) => emulator.store.update(ENTITY, id, { companyname: text }),
    remove: async (id) => emulator.store.remove(ENTITY, id),
    recreate: async (id, text) => void create(emulator, { leadid: id, companyname: text }),
    close: async () => served.close(),
  };
}

function create({ store }: Emulator, record: Readonly<Record<string, string>>): string {
  return store.create(ENTITY, { lastname: "Somebody", subject: "Something", ...record });
}

function versionOf({ version }: EmulatorOptions): { readonly apiVersion?: string } {
  return version === undefined ? {} : { apiVersion: `v${version}` };
}
