// Plain JavaScript that any Node from 18 on understands: it only finds the right Node and hands over.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const NEEDED = 24;

/** Bounds the young generation, so that memory stays flat; see src/app/memory.ts. */
const FLAGS = ["--max-semi-space-size=8"];

export function runUnderNode24(program) {
  const node = suitableNode();
  if (node === undefined) {
    process.stderr.write(
      `Tandem needs Node ${NEEDED}; this is ${process.version} and npm has brought none for ${process.platform}-${process.arch}.\n` +
        `What to do: install Node ${NEEDED} or newer.\n`,
    );
    process.exit(2);
  }
  const child = spawn(node, [...FLAGS, fileURLToPath(program), ...process.argv.slice(2)], {
    stdio: "inherit",
  });
  // The terminal sends Ctrl-C to both; this one only waits for the other to finish.
  process.on("SIGINT", () => undefined);
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  child.once("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 1)));
}

function suitableNode() {
  if (Number(process.versions.node.split(".")[0]) >= NEEDED) return process.execPath;
  const name = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
  try {
    const folder = dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
    return join(folder, "bin", process.platform === "win32" ? "node.exe" : "node");
  } catch {
    return undefined;
  }
}
