/**
 * People of marketing come to Dynamics: whoever was asked for is found there, or made. A batch a turn.
 */
import { SyncError } from "../core/errors.ts";
import type { RequestSettlement, SyncRequest } from "../core/request-port.ts";
import type { Lease } from "../core/store-port.ts";
import type { ConnectedEntity } from "./connect.ts";
import { linkChosen } from "./create-link.ts";
import type { Made, Making } from "./create-make.ts";
import { NOTHING_MADE, makeAgain, makePeople, settleAny, together } from "./create-make.ts";
import { matchPeople } from "./create-match.ts";
import { qualifyPeople } from "./create-qualify.ts";
import { matchProblem, peopleKinds, personColumns } from "./people.ts";
import type { CycleSettings, EngineParts } from "./ports.ts";
import type { Turn, TurnTaker } from "./turns.ts";

export interface CreateStep extends Omit<Made, "trouble"> {
  readonly turn: Turn;
  /** Why people wait, where some do. */
  readonly trouble: SyncError | null;
}

/** People of which entities, and for the history of which cycle. */
export interface CreateSubject {
  readonly entities: readonly ConnectedEntity[];
  readonly cycle: string;
}

export class Creations implements TurnTaker {
  readonly whole = false;
  readonly #making: Omit<Making, "signal">;
  readonly #limit: number;
  readonly #problem: string | null;
  /** The last request of the round so far. */
  #after = "0";
  #ruled = false;

  constructor(parts: EngineParts, lease: Lease, settings: CycleSettings, { entities, cycle }: CreateSubject) {
    const kinds = peopleKinds(entities, settings.people);
    this.#making = { parts, lease, kinds, settings: settings.people, cycle };
    this.#limit = settings.pushSize;
    this.#problem = matchProblem(kinds, settings.people);
  }

  /** The next turn begins a round of its own. */
  async close(): Promise<void> {
    this.#after = "0";
  }

  /**
   * Carries out one batch of requests. What a process that ended left under way comes first, and what becomes a contact
   * comes last.
   * @throws SyncError what the sink or the store throws; what was sent by then is looked up with the next turn
   */
  async step(signal: AbortSignal): Promise<CreateStep> {
    const making = { ...this.#making, signal };
    await this.#followRules();
    if (this.#problem !== null) return this.#refuse(this.#problem);
    const again = await goOn(making, await this.#underWay("creating"));
    const due = await this.#requests({ after: this.#after });
    const made = await take(making, due);
    const qualified = await qualifyPeople(making, await this.#underWay("qualifying"));
    const last = due.length < this.#limit ? undefined : due.at(-1);
    this.#after = last?.id ?? "0";
    return stepOf(together(again, made, qualified), last === undefined ? "end" : "again");
  }

  /** Nobody is made whom nobody could look for; that is only said where somebody waits. */
  async #refuse(message: string): Promise<CreateStep> {
    const { parts, lease, kinds } = this.#making;
    const [first] = await parts.store.requests(lease, { columns: [], limit: 1, which: { after: "0" } });
    const [entity] = kinds.keys();
    const waits = first !== undefined && entity !== undefined;
    const trouble = waits ? ({ entity, code: "configuration_invalid", message } as const) : null;
    return stepOf({ ...NOTHING_MADE, trouble }, "drop");
  }

  /** Once a cycle: a rule is about people as they are, not about moments. */
  async #followRules(): Promise<void> {
    if (this.#ruled) return;
    this.#ruled = true;
    const { parts, lease } = this.#making;
    await parts.store.followRules(lease);
  }

  async #underWay(state: "creating" | "qualifying"): Promise<readonly SyncRequest[]> {
    return (await this.#requests("under-way")).filter((request) => request.state === state);
  }

  #requests(which: "under-way" | { readonly after: string }): Promise<readonly SyncRequest[]> {
    const { parts, lease, kinds, settings } = this.#making;
    const columns = personColumns(kinds, settings.matchBy);
    return parts.store.requests(lease, { columns, limit: this.#limit, which });
  }
}

function stepOf({ trouble, ...counts }: Made, turn: Turn): CreateStep {
  if (trouble === null) return { ...counts, turn, trouble };
  const { code, message, entity } = trouble;
  return { ...counts, turn, trouble: new SyncError(code, message, { entity }) };
}

/** What was being made is looked up, unless somebody has linked the person meanwhile. */
async function goOn(making: Making, requests: readonly SyncRequest[]): Promise<Made> {
  const linked = requests.filter(isLinked);
  const open = requests.filter((request) => !isLinked(request));
  return together(await settleAny(making, linked.map(alreadyLinked)), await makeAgain(making, open));
}

async function take(making: Making, due: readonly SyncRequest[]): Promise<Made> {
  const over = due.flatMap(nothingLeft);
  const open = due.filter((request) => request.person === "unlinked");
  const chosen = open.filter(({ decision }) => decision !== null && decision !== "new");
  return together(
    await settleAny(making, over),
    await linkChosen(making, chosen),
    await makePeople(
      making,
      open.filter(({ decision }) => decision === "new"),
    ),
    await matchPeople(
      making,
      open.filter(({ decision }) => decision === null),
    ),
  );
}

function nothingLeft(request: SyncRequest): readonly RequestSettlement[] {
  if (request.person === "gone") return [{ request, fate: { kind: "over", outcome: "gone" } }];
  return isLinked(request) ? [alreadyLinked(request)] : [];
}

function isLinked({ person }: SyncRequest): boolean {
  return typeof person === "object";
}

function alreadyLinked(request: SyncRequest): RequestSettlement {
  return { request, fate: { kind: "over", outcome: "already-linked" } };
}
