/**
 * The Dataverse source keeps the source contract, against the emulator over real sockets.
 */
import { createEmulator } from "../../emulators/dataverse/emulator.ts";
import type { Emulator, EmulatorOptions } from "../../emulators/dataverse/emulator.ts";
import { serve } from "../../emulators/dataverse/serve.ts";
import { openDataverse } from "../../src/connectors/dataverse/source.ts";
import type { SourceWorld } from "../contract/source.ts";
import { sourceContract } from "../contract/source.ts";

const ENTITY = "lead";

async function openWorld(options: EmulatorOptions = {}): Promise<SourceWorld> {
  const emulator = createEmulator(options);
  const served = await serve(emulator);
  const { tenantId: tenant, clientId, clientSecret } = emulator.authority.credentials;
  const signIn = { kind: "client-secret", authority: served.url, tenant, clientId, clientSecret } as const;
  return {
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

sourceContract("Dataverse", openWorld, { tellsDeletes: true });

sourceContract(
  "Dataverse on-premises, with a record made again shown once",
  async () =>
    openWorld({
      basePath: "/Contoso",
      version: "9.1",
      settings: { recreatedShownAs: "upsert", parallelismHint: 0 },
    }),
  { tellsDeletes: true },
);

sourceContract("Dataverse without change tracking", openWorld, {
  tellsDeletes: false,
  describe: (entity) => ({ ...entity, changeTracking: false }),
});
