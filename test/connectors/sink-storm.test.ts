/**
 * Writing while everything goes wrong at random: whatever an outcome says must be true of the organization.
 */
import { expect, it } from "vitest";

import { createEmulator } from "../../emulators/dataverse/emulator.ts";
import type { Emulator } from "../../emulators/dataverse/emulator.ts";
import type { Effect } from "../../emulators/dataverse/faults.ts";
import { seededRandom } from "../../emulators/dataverse/random.ts";
import type { DataverseSource } from "../../src/connectors/dataverse/source.ts";
import { openDataverse } from "../../src/connectors/dataverse/source.ts";
import type { Transport } from "../../src/connectors/http/transport.ts";
import type { Entity } from "../../src/core/organization.ts";
import type { Outcome, Write } from "../../src/core/sink-port.ts";
import { NEVER, ORG, guid } from "./organization.ts";
import { virtualTiming } from "./script.ts";

const EFFECTS: readonly Effect[] = [
  { type: "reset", when: "before" },
  { type: "reset", when: "after" },
  { type: "truncate", share: 0.7 },
  { type: "empty" },
  { type: "html" },
  { type: "html", status: 502 },
  { type: "status", status: 429, code: "0x80072322", retryAfter: 3 },
  { type: "status", status: 503, retryAfter: 5 },
  { type: "status", status: 500, code: "0x80044150" },
];

/** The emulator in this process; answers for the list of messages, which it does not have. */
function inProcess(emulator: Emulator): Transport {
  return {
    async send({ method, url, headers, body }) {
      if (url.includes("/sdkmessagefilters")) {
        const value = Buffer.from(JSON.stringify({ value: [{}] }));
        return { status: 200, headers: { "content-type": "application/json" }, body: value };
      }
      const init = body === undefined ? { method, headers } : { method, headers, body };
      const answer = await emulator.fetch(new Request(url, init));
      const bytes = new Uint8Array(await answer.arrayBuffer());
      return { status: answer.status, headers: Object.fromEntries(answer.headers), body: bytes };
    },
    close: async () => undefined,
  };
}

function open(emulator: Emulator): DataverseSource {
  const { tenantId: tenant, clientId, clientSecret } = emulator.authority.credentials;
  const signIn = { kind: "client-secret", authority: ORG, tenant, clientId, clientSecret } as const;
  return openDataverse({ url: ORG, signIn, transport: inProcess(emulator), timing: virtualTiming() });
}

/** What a record is like, in short. */
interface State {
  readonly text: unknown;
  readonly version: number;
}

function stateOf({ organization }: Emulator, id: string): State | null {
  const table = organization.table("contact");
  const row = table.row(id);
  return row === undefined ? null : { text: table.record(row)["firstname"], version: row.version };
}

/** Writes of every kind, some of which cannot succeed. */
function writesOf(random: () => number, round: number, emulator: Emulator): Write[] {
  return Array.from({ length: 40 }, (_, n): Write => {
    const id = guid(n);
    const now = stateOf(emulator, id);
    const chance = random();
    const bad = random() < 0.1;
    const values = [{ kind: "value", property: "firstname", value: bad ? "bad" : `${round}.${n}` } as const];
    if (chance < 0.15) return { kind: "create", id, guard: null, values };
    if (chance < 0.25) return { kind: "delete", id, guard: null, values: [] };
    const guard = chance < 0.6 ? null : chance < 0.7 ? "1" : String(now?.version ?? 1);
    return { kind: "update", id, guard, values };
  });
}

/** Holds an outcome against what was before and what is now. */
function demandTrue(write: Write, outcome: Outcome, before: State | null, now: State | null): void {
  if (outcome.kind === "unknown") return;
  const [value] = write.values;
  const wanted = value?.kind === "value" ? value.value : undefined;
  if (outcome.kind === "written") {
    expect(now?.text).toBe(wanted);
    if (outcome.version !== null) expect(Number(outcome.version)).toBe(now?.version);
    return;
  }
  expect(now).toEqual(before);
  const reason = {
    gone: before === null,
    exists: write.kind === "create" && before !== null,
    overtaken: write.guard !== String(before?.version),
    refused: wanted === "bad",
    later: true,
  };
  expect(reason[outcome.kind]).toBe(true);
}

it.each([1, 2, 3, 4, 5, 6])("no outcome is untrue, and nothing is written twice (seed %i)", async (seed) => {
  const random = seededRandom(seed);
  const emulator = createEmulator({ random: seededRandom(seed) });
  const carriedOut = new Map<string, number>();
  emulator.plugIns.register({
    before: ({ changes, message, id }) => {
      if (changes["firstname"] === "bad") throw new Error("We do not do that here.");
      if (message === "Update") carriedOut.set(id, (carriedOut.get(id) ?? 0) + 1);
    },
  });
  const sink = open(emulator);
  const described = await sink.describe(["contact"], NEVER);
  const entity = described.entities.get("contact") as Entity;
  const seen = new Set<string>();
  for (let round = 0; round < 20; round++) {
    const writes = writesOf(random, round, emulator);
    const before = new Map(writes.map(({ id }) => [id, stateOf(emulator, id)]));
    for (const effect of EFFECTS) emulator.faults.add({ effect, url: "/api/data/", probability: 0.06 });
    // Once: a second token that is refused at once ends the call, and rightly.
    emulator.faults.add({ effect: { type: "expire-tokens" }, url: "/api/data/", times: 1, probability: 0.3 });
    carriedOut.clear();
    const outcomes = await sink.write(entity, writes, NEVER);
    emulator.faults.clear();
    expect(outcomes.size).toBe(writes.length);
    for (const write of writes) {
      const outcome = outcomes.get(write.id);
      if (outcome === undefined) throw new Error(`${write.id} has no outcome.`);
      seen.add(outcome.kind);
      demandTrue(write, outcome, before.get(write.id) ?? null, stateOf(emulator, write.id));
      // A transaction that was taken back ran its plug-ins before it was taken apart; guarded writes never do.
      if (write.guard !== null) expect(carriedOut.get(write.id) ?? 0).toBeLessThanOrEqual(1);
    }
  }
  expect([...seen].sort()).toEqual(["exists", "gone", "later", "overtaken", "refused", "unknown", "written"]);
});
