/**
 * The Dataverse source keeps the source contract, against the emulator over real sockets.
 */
import { sourceContract } from "../contract/source.ts";
import { openSourceWorld } from "./source-world.ts";

sourceContract("Dataverse", openSourceWorld, { tellsDeletes: true });

sourceContract(
  "Dataverse on-premises, with a record made again shown once",
  async () =>
    openSourceWorld({
      basePath: "/Contoso",
      version: "9.1",
      settings: { recreatedShownAs: "upsert", parallelismHint: 0 },
    }),
  { tellsDeletes: true },
);

sourceContract("Dataverse without change tracking", openSourceWorld, {
  tellsDeletes: false,
  describe: (entity) => ({ ...entity, changeTracking: false }),
});
