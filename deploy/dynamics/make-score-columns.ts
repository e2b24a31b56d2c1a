/**
 * Says which score columns lead and contact lack, and makes them when asked to; `docs/scores.md` tells how to use it.
 * It needs Node and nothing else, and knows nothing of a running Tandem.
 */
import { parseArgs } from "node:util";
import { makeColumn, missingColumns } from "./score-columns.ts";
import type { Organization } from "./score-columns.ts";

const USAGE = `Usage: node deploy/dynamics/make-score-columns.ts <address of the organization> [--make] [--solution <name>]

Without --make it only says what is missing. DYNAMICS_TOKEN holds an access token of your own:
  DYNAMICS_TOKEN=$(az account get-access-token --resource <address> --query accessToken --output tsv)
`;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Exit codes: 0 nothing is missing any more, 1 something is, 2 wrong use. */
async function main(args: readonly string[], token: string | undefined): Promise<number> {
  const options = { make: { type: "boolean" }, solution: { type: "string" } } as const;
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  const [url] = positionals;
  if (url === undefined || token === undefined || token === "") {
    process.stderr.write(USAGE);
    return 2;
  }
  const { solution, make = false } = values;
  const organization: Organization = { url, token, fetch, ...(solution === undefined ? {} : { solution }) };
  const missing = await missingColumns(organization);
  if (missing.length === 0) say("Lead and contact have all score columns.");
  for (const one of missing) {
    if (make) await makeColumn(organization, one);
    say(`${make ? "made" : "missing"}  ${one.entity}.${one.column.name.toLowerCase()}`);
  }
  return make || missing.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2), process.env["DYNAMICS_TOKEN"]);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
