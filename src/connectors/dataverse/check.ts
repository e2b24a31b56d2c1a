/**
 * The set-up check: every precondition of a connection, each with what was found and what to do about it.
 */
import { SyncError } from "../../core/errors.ts";
import type { CheckLine } from "../../core/ports.ts";
import { throwIfStopped } from "../http/stopping.ts";
import { ADDRESS, SIGN_IN, TLS, checkAddress, checkSignIn } from "./check-address.ts";
import { checkEntity, entitySubjects } from "./check-entity.ts";
import type { Subject } from "./check-line.ts";
import { green, red, redFault, unjudged, yellow } from "./check-line.ts";
import { API_VERSION, USER, checkUser, checkVersion } from "./check-user.ts";
import type { DataverseClient } from "./client.ts";
import type { Connection, DataverseOptions } from "./source.ts";
import { connect } from "./source.ts";

export interface CheckOptions extends DataverseOptions {
  /** Logical names of the entities a connection would read. */
  readonly entities: readonly string[];
}

const CLOCK: Subject = { id: "clock", title: "Clock" };
const LIMITS: Subject = { id: "limits", title: "Load limits" };

/** A person waits for the answer: passing faults are repeated twice, not for minutes. */
const PATIENCE = { baseMs: 500, maxMs: 2_000, attempts: 3 };

/**
 * Yields one line per precondition, in the order in which to put them right: address, encryption, sign-in, version,
 * application user, then read access and change tracking per entity, clock, load limits. After a red line that
 * stands in the way, later lines say that they cannot be judged.
 * @throws SyncError `stopped`, and nothing else: a bad organization is a finding
 */
export async function* checkOrganization(
  options: CheckOptions,
  signal: AbortSignal,
): AsyncGenerator<CheckLine, void, undefined> {
  throwIfStopped(signal);
  const opened = openForCheck(options);
  if ("verdict" in opened) {
    yield opened;
    const all = [ADDRESS, TLS, SIGN_IN, API_VERSION, USER, ...subjectsOf(options.entities), CLOCK, LIMITS];
    yield* unjudgedLines(
      all.filter(({ id }) => id !== opened.id),
      opened,
    );
    return;
  }
  try {
    yield* wayLines(opened, options.entities, signal);
    yield clockLine(opened.client);
    yield limitsLine(opened.client);
  } finally {
    await opened.close();
  }
}

function openForCheck(options: CheckOptions): Connection | CheckLine {
  try {
    return connect({ backoff: PATIENCE, longestWaitMs: 30_000, ...options });
  } catch (error) {
    const isAddress = error instanceof SyncError && (error.field === "address" || error.field === "alias");
    return redFault(isAddress ? ADDRESS : SIGN_IN, error);
  }
}

/** The lines that build on each other: the first red one ends the judging. */
async function* wayLines(
  connection: Connection,
  entities: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<CheckLine, void, undefined> {
  const { client } = connection;
  const steps: readonly [readonly Subject[], () => Promise<CheckLine[]>][] = [
    [[ADDRESS, TLS], async () => checkAddress(connection, signal)],
    [[SIGN_IN], async () => [await checkSignIn(connection, signal)]],
    [[API_VERSION], async () => [await checkVersion(client, signal)]],
    [[USER], async () => [await checkUser(client, signal)]],
  ];
  let blocker: CheckLine | undefined;
  for (const [subjects, check] of steps) {
    const lines = blocker === undefined ? await check() : [...unjudgedLines(subjects, blocker)];
    yield* lines;
    blocker ??= lines.find(({ verdict }) => verdict === "red");
  }
  for (const name of entities) {
    if (blocker === undefined) yield* await checkEntity(client, name, signal);
    else yield* unjudgedLines(subjectsOf([name]), blocker);
  }
}

function* unjudgedLines(subjects: readonly Subject[], first: Subject): Generator<CheckLine, void, undefined> {
  for (const subject of subjects) yield unjudged(subject, first.title);
}

function subjectsOf(entities: readonly string[]): readonly Subject[] {
  return entities.flatMap((name) => Object.values(entitySubjects(name)));
}

function clockLine({ signs }: DataverseClient): CheckLine {
  const { clockDifferenceMs: ms } = signs.report();
  if (ms === null) return unjudged(CLOCK, ADDRESS.title);
  const seconds = Math.round(Math.abs(ms) / 1000);
  const found = `This machine's clock is ${seconds} seconds ${ms > 0 ? "behind" : "ahead of"} the organization's.`;
  if (seconds <= 30) return green(CLOCK, "This machine's clock agrees with the organization's.");
  const remedy = "Let this machine take its time from a time server (NTP).";
  return seconds <= 300 ? yellow(CLOCK, found, remedy) : red(CLOCK, `${found} Sign-in may fail.`, remedy);
}

function limitsLine({ signs }: DataverseClient): CheckLine {
  const {
    recommendedParallelism: hint,
    remainingRequests: requests,
    remainingSeconds: seconds,
    clockDifferenceMs: answered,
  } = signs.report();
  if (answered === null) return unjudged(LIMITS, ADDRESS.title);
  const parts = [
    hint === null ? "no advice on parallel requests" : `${hint} parallel requests advised`,
    ...(requests === null ? [] : [`${requests} requests left in this window`]),
    ...(seconds === null ? [] : [`${seconds} s of execution time left`]),
  ];
  const found = `The service says: ${parts.join(", ")}.`;
  if (requests === null || requests >= 500) return green(LIMITS, found);
  return yellow(
    LIMITS,
    found,
    "Another integration uses the same application user: give Tandem one of its own.",
  );
}
