import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { createEmulator } from "./emulator.ts";
import { seedSurroundings } from "./demo/surroundings/seed.ts";
import type { Emulator } from "./emulator.ts";
import { seedCrowd, seedDemo } from "./seed.ts";
import { sell } from "./sell.ts";
import { serve } from "./serve.ts";

const USAGE = `Usage: tandem-dataverse-emulator [options]

An organization of Microsoft Dataverse for tests: Web API, identity provider and control API on 127.0.0.1.

  --port <n>            port to listen on; 0, the default, takes a free one
  --demo                fill it with a made-up organization
  --records <n>         how many records it has, events and campaigns not counted (20000)
  --sellers <n>         simulated sellers at work: so many acts a minute, on average
  --crowd <n>           add so many contacts of 60 columns, for measurements
  --seed <n>            chance, for the demo and for ids (1)
  --base-path </name>   on-premises: the organization in the path, as in /Contoso/api/data/v9.1
  --version <n.n>       highest API version offered (9.2)
  --tenant, --client-id, --client-secret <text>   credentials to accept
  --tls-key, --tls-cert, --tls-ca <file>          speak HTTPS; with a CA, demand a client certificate
  --with-parent         end when standard input closes
  --help

When it listens, it prints one line of JSON: url, api, authority, tokenEndpoint, tenantId, clientId, clientSecret, control.
Documentation: docs/emulator.md`;

const values = givenOptions();

if (values.help) console.log(USAGE);
else await run();

async function run(): Promise<void> {
  const emulator = createEmulator({
    basePath: values["base-path"],
    version: values.version,
    credentials: givenCredentials(),
  });
  const seed = whole(values.seed, "--seed");
  if (values.demo) {
    seedDemo(emulator, { seed, records: whole(values.records, "--records") });
    seedSurroundings(emulator, seed);
  }
  const crowd = whole(values.crowd, "--crowd");
  if (crowd > 0) seedCrowd(emulator, { seed, records: crowd });
  const tls = tlsFiles();
  const port = whole(values.port, "--port", 65_535);
  const served = await serve(emulator, { port, ...(tls === undefined ? {} : { tls }) }).catch(
    (error: unknown) =>
      refuse(
        `Port ${port} cannot be listened on: ${error instanceof Error ? error.message : String(error)}.`,
      ),
  );
  console.log(JSON.stringify(readyLine(emulator, served.url)));
  const perMinute = whole(values.sellers, "--sellers");
  const selling =
    perMinute > 0 ? sell(emulator, { seed, perMinute, signal: new AbortController().signal }) : undefined;
  const end = (): void => process.exit(0);
  process.once("SIGTERM", end);
  process.once("SIGINT", end);
  if (values["with-parent"]) process.stdin.once("end", end).once("close", end).resume();
  await selling;
}

function givenOptions() {
  try {
    return parseArgs({
      options: {
        port: { type: "string", default: "0" },
        demo: { type: "boolean", default: false },
        records: { type: "string", default: "20000" },
        sellers: { type: "string", default: "0" },
        crowd: { type: "string", default: "0" },
        seed: { type: "string", default: "1" },
        "base-path": { type: "string", default: "" },
        version: { type: "string", default: "9.2" },
        tenant: { type: "string" },
        "client-id": { type: "string" },
        "client-secret": { type: "string" },
        "tls-key": { type: "string" },
        "tls-cert": { type: "string" },
        "tls-ca": { type: "string" },
        "with-parent": { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

/** Ends with what is wrong and where to read what is right. */
function refuse(message: string): never {
  console.error(`${message}\nWhat to do: tandem-dataverse-emulator --help lists the options.`);
  process.exit(2);
}

function whole(text: string, option: string, most = Number.MAX_SAFE_INTEGER): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 0 && number <= most) return number;
  return refuse(`${option} needs a whole number up to ${most}, not "${text}".`);
}

function givenCredentials(): { tenantId?: string; clientId?: string; clientSecret?: string } {
  return {
    ...(values.tenant === undefined ? {} : { tenantId: values.tenant }),
    ...(values["client-id"] === undefined ? {} : { clientId: values["client-id"] }),
    ...(values["client-secret"] === undefined ? {} : { clientSecret: values["client-secret"] }),
  };
}

function tlsFiles(): { key: string; cert: string; ca?: string } | undefined {
  const [key, cert, ca] = [values["tls-key"], values["tls-cert"], values["tls-ca"]];
  if (key === undefined || cert === undefined) return undefined;
  const read = (file: string): string => readFileSync(file, "utf8");
  return { key: read(key), cert: read(cert), ...(ca === undefined ? {} : { ca: read(ca) }) };
}

/** What whoever started the emulator needs to know. */
function readyLine(emulator: Emulator, url: string): Record<string, string> {
  const { tenantId, clientId, clientSecret } = emulator.authority.credentials;
  const organization = `${url}${values["base-path"]}`;
  return {
    url: organization,
    api: `${organization}/api/data/v${values.version}`,
    authority: url,
    tokenEndpoint: `${url}/${tenantId}/oauth2/v2.0/token`,
    tenantId,
    clientId,
    clientSecret,
    control: `${url}/emulator`,
  };
}
