/**
 * The deterministic simulation, from the command line.
 *
 * `npm run simulate -- --runs 1000 [--from 1]` plays so many histories; without `--from`, fresh ones.
 * `npm run simulate -- --seed 7 [--steps 0,4,9] [--watch contact1] [--trace]` plays one again.
 * Ends with 1 when a promise was broken. A failing history is made smaller, told as a story and printed as a command.
 */
import { parseArgs } from "node:util";
import { serverFolder } from "../e2e/folder.ts";
import { addTo, chosenHistory, emptyTally, explain, inWords, tallyInWords } from "./report.ts";
import type { Simulator } from "./simulator.ts";
import { openSimulator } from "./simulator.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    steps: { type: "string" },
    watch: { type: "string" },
    trace: { type: "boolean", default: false },
    runs: { type: "string", default: "100" },
    from: { type: "string" },
  },
});

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function one(simulator: Simulator, seed: number): Promise<boolean> {
  const steps = values.steps?.split(",").map(Number);
  const history = chosenHistory(seed, steps);
  const { trace, violations, story } = await simulator.play(history, values.watch);
  if (values.trace) say(trace.join("\n"));
  if (story.length > 0) say(story.join("\n"));
  if (violations.length === 0) {
    say(`seed ${seed}: no violation`);
    return true;
  }
  say(
    steps === undefined ? await explain(simulator, history, violations) : violations.map(inWords).join("\n"),
  );
  return false;
}

async function many(simulator: Simulator, runs: number, from: number): Promise<boolean> {
  const tally = emptyTally();
  const begun = performance.now();
  say(`seeds ${from} to ${from + runs - 1}`);
  for (let seed = from; seed < from + runs; seed += 1) {
    const history = chosenHistory(seed);
    const played = await simulator.play(history);
    addTo(tally, seed, played);
    if (played.violations.length > 0)
      say(`seed ${seed}:\n${await explain(simulator, history, played.violations)}`);
    if (tally.histories % 100 === 0) say(`${tally.histories} histories, ${seconds(begun)} s`);
  }
  say(`${tallyInWords(tally)}\n${seconds(begun)} s`);
  return tally.failed.length === 0;
}

function seconds(begun: number): string {
  return ((performance.now() - begun) / 1000).toFixed(1);
}

const folder = await serverFolder();
try {
  await folder.withServer(async (connectionString) => {
    const simulator = await openSimulator(connectionString);
    try {
      const fresh = Math.floor(Math.random() * 1_000_000_000);
      const good =
        values.seed === undefined
          ? await many(simulator, Number(values.runs), Number(values.from ?? fresh))
          : await one(simulator, Number(values.seed));
      process.exitCode = good ? 0 : 1;
    } finally {
      await simulator.close();
    }
  });
} finally {
  await folder.remove();
}
