/**
 * Whoever is to be made in Dynamics is looked for there first.
 */
import type { Verdict } from "../core/candidates.ts";
import { keyOfRow } from "../core/match-key.ts";
import type { RequestSettlement, SyncRequest } from "../core/request-port.ts";
import type { Pair } from "./create-link.ts";
import { linkPairs } from "./create-link.ts";
import type { Made, Making } from "./create-make.ts";
import { makePeople, settleAny, together } from "./create-make.ts";
import type { Findings } from "./find-people.ts";
import { findPeople } from "./find-people.ts";

/** How often people who are alike are looked at within one turn: the first is made, the others find them. */
const ROUNDS = 3;

/**
 * Makes those nobody is like, links those who are somebody for certain, and lets the others wait for a person. Of several
 * people who are alike one is made, and the others meet that one: nobody is made twice, and nobody is dropped.
 */
export async function matchPeople(making: Making, requests: readonly SyncRequest[]): Promise<Made> {
  const all: Made[] = [];
  let left = requests;
  for (let round = 1; left.length > 0 && round <= ROUNDS; round += 1) {
    const { turn, waiting } = await oneOfEach(making, left);
    all.push(await decide(making, turn));
    left = waiting;
  }
  return together(...all);
}

interface Split {
  readonly turn: readonly SyncRequest[];
  /** Their like is in this turn, or just being made. */
  readonly waiting: readonly SyncRequest[];
}

async function oneOfEach(
  { parts, lease, settings }: Making,
  requests: readonly SyncRequest[],
): Promise<Split> {
  const { matchBy } = settings;
  if (matchBy.length === 0) return { turn: requests, waiting: [] };
  const underWay = await parts.store.peopleUnderWay(lease, matchBy);
  const taken = new Set(underWay.map(({ values }) => keyOfRow(values, matchBy)));
  const [turn, waiting]: [SyncRequest[], SyncRequest[]] = [[], []];
  for (const request of requests) {
    const key = keyOfRow(request.now, matchBy);
    (key !== null && taken.has(key) ? waiting : turn).push(request);
    taken.add(key);
  }
  return { turn, waiting };
}

async function decide(making: Making, requests: readonly SyncRequest[]): Promise<Made> {
  const { parts, lease, kinds, settings, signal } = making;
  const { matchBy } = settings;
  const people = requests.map(({ now }) => now);
  const findings = await findPeople(parts, lease, { kinds, matchBy, people, whole: true }, signal);
  const none: SyncRequest[] = [];
  const pairs: Pair[] = [];
  const undecided: RequestSettlement[] = [];
  for (const request of requests) {
    const key = keyOfRow(request.now, matchBy);
    const verdict: Verdict = key === null ? { kind: "none" } : findings.verdict(key);
    if (verdict.kind === "none") none.push(request);
    else if (verdict.kind === "one") pairs.push(...pairOf(request, verdict, findings));
    else undecided.push({ request, fate: { kind: "waiting", candidates: verdict.candidates } });
  }
  return together(
    await linkPairs(making, pairs, `the same ${matchBy.join(", ")}`),
    await settleAny(making, undecided),
    await makePeople(making, none),
  );
}

function pairOf(
  request: SyncRequest,
  { candidate }: Extract<Verdict, { kind: "one" }>,
  findings: Findings,
): readonly Pair[] {
  const record = findings.record(candidate.id);
  return record === undefined ? [] : [{ request, entity: candidate.entity, record }];
}
