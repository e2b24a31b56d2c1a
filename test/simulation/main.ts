/**
 * The deterministic simulation, from the command line.
 *
 * `npm run simulate -- --runs 1000 [--from 1]` plays so many histories; without `--from`, fresh ones.
 * `npm run simulate -- --seed 7 [--steps 0,4,9] [--watch contact1] [--trace]` plays one again.
 * `npm run simulate -- --crash-points [--every 5]` ends the process at each call of a few small histories in turn.
 * `npm run simulate -- --plants [--runs 200] [--from 1]` plants mistakes, one after the other, and looks for each.
 * Ends with 1 when a promise was broken (or a planted mistake was not found). A failing history is made smaller, told as a story and printed as a command.
 */
import { parseArgs } from "node:util";
import { Client } from "pg";
import { serverFolder } from "../e2e/folder.ts";
import { SMALL_HISTORIES, crashPoints } from "./crash-points.ts";
import { hunt } from "./hunt.ts";
import { PLANTS } from "./plants.ts";
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
    "crash-points": { type: "boolean", default: false },
    every: { type: "string", default: "1" },
    plants: { type: "boolean", default: false },
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

async function everyCrashPoint(simulator: Simulator): Promise<boolean> {
  let bad = 0;
  for (const name of Object.keys(SMALL_HISTORIES)) {
    let points = 0;
    for await (const { calls, left, played } of crashPoints(simulator, name, {
      every: Number(values.every),
    })) {
      points += 1;
      if (played.violations.length === 0) continue;
      bad += 1;
      say(`${name}, after ${calls} calls, ${left}:\n${played.violations.map(inWords).join("\n")}`);
    }
    say(`${name}: ${points} crash points`);
  }
  return bad === 0;
}

async function everyPlant(connectionString: string, most: number): Promise<boolean> {
  let missed = 0;
  for (const [nth, plant] of PLANTS.entries()) {
    const own = await databaseOn(connectionString, `planted_${nth}`);
    const { runs, found } = await hunt(plant, {
      connectionString: own,
      from: Number(values.from ?? 1),
      most,
    });
    if (found === undefined) missed += 1;
    const outcome = found === undefined ? "not found" : `seed ${found.seed}, ${inWords(found.violation)}`;
    say(`${plant.name}: ${runs} histories, ${outcome}`);
  }
  return missed === 0;
}

/** Makes a database beside the given one. */
async function databaseOn(connectionString: string, name: string): Promise<string> {
  const client = new Client({ connectionString });
  await client.connect();
  await client.query(`create database ${name} template template0`);
  await client.end();
  return connectionString.replace(/^(\w+:\/\/[^/?]*)(\/[^?]*)?/u, `$1/${name}`);
}

async function simulate(connectionString: string): Promise<boolean> {
  const runs = Number(values.runs);
  if (values.plants) return everyPlant(connectionString, runs);
  const simulator = await openSimulator(connectionString);
  try {
    if (values["crash-points"]) return await everyCrashPoint(simulator);
    if (values.seed !== undefined) return await one(simulator, Number(values.seed));
    const fresh = Math.floor(Math.random() * 1_000_000_000);
    return await many(simulator, runs, Number(values.from ?? fresh));
  } finally {
    await simulator.close();
  }
}

const folder = await serverFolder();
try {
  process.exitCode = (await folder.withServer(simulate)) ? 0 : 1;
} finally {
  await folder.remove();
}
