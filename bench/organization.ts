/**
 * An emulated organization that holds nothing but contacts, in a process of its own, so that its work is counted apart.
 *
 * `node bench/organization.ts --contacts 100000 [--columns 60] [--seed 7]` prints one line of JSON when it answers. It
 * ends when its input ends.
 */
import { once } from "node:events";
import { parseArgs } from "node:util";
import { crowd } from "../emulators/dataverse/demo/crowd.ts";
import { createEmulator } from "../emulators/dataverse/emulator.ts";
import { standardFiles } from "../emulators/dataverse/schema.ts";
import { serve } from "../emulators/dataverse/serve.ts";

/** What the process says when it answers. */
export interface OrganizationReady {
  readonly url: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Attributes that every contact fills, by logical name, in order; the id is not among them. */
  readonly attributes: readonly string[];
}

/** Filled as well, so that the chosen columns can leave out the id and those that only marketing writes. */
const SPARE_COLUMNS = 9;

const { values } = parseArgs({
  options: {
    contacts: { type: "string", default: "100000" },
    columns: { type: "string", default: "60" },
    seed: { type: "string", default: "7" },
  },
});

const { columns, definition, contacts } = crowd({
  seed: Number(values.seed),
  schema: standardFiles(),
  columns: Number(values.columns) + SPARE_COLUMNS,
});
const emulator = createEmulator();
emulator.schema.define(definition);
emulator.store.insertMany("contact", contacts(Number(values.contacts)));
const served = await serve(emulator);
const { tenantId, clientId, clientSecret } = emulator.authority.credentials;
const ready: OrganizationReady = {
  url: served.url,
  tenantId,
  clientId,
  clientSecret,
  attributes: columns.slice(1),
};
process.stdout.write(`${JSON.stringify(ready)}\n`);

process.stdin.resume();
await once(process.stdin, "end");
await served.close();
