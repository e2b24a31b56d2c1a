import type { ActionFilter, Asking, AskingAnswer, ListedAction } from "../../src/core/action-desk.ts";
import type {
  AdminDesk,
  DecisionAnswer,
  Filing,
  FilingAnswer,
  ListedMatch,
  ListedRule,
  MatchDecision,
  MergedPerson,
  PersonMerge,
  RequestStatus,
  NewRule,
} from "../../src/core/person-desk.ts";

/** A desk that answers from a script and notes what it was asked. */
export class ScriptedDesk implements AdminDesk {
  readonly filed: Filing[] = [];
  readonly decided: MatchDecision[] = [];
  readonly merged: PersonMerge[] = [];
  readonly added: NewRule[] = [];
  readonly removed: string[] = [];
  filing: FilingAnswer | null = "queued";
  decision: DecisionAnswer | null = "queued";
  request: RequestStatus | null = null;
  listed: readonly ListedMatch[] = [];
  known: readonly ListedRule[] = [];
  readonly asked: Asking[] = [];
  asking: AskingAnswer = { kind: "asked", people: 1 };
  readonly looked: ActionFilter[] = [];
  acts: readonly ListedAction[] = [];

  async syncPerson(filing: Filing): Promise<FilingAnswer | null> {
    this.filed.push(filing);
    return this.filing;
  }

  async ask(asking: Asking): Promise<AskingAnswer> {
    this.asked.push(asking);
    return this.asking;
  }

  async actions(filter: ActionFilter): Promise<readonly ListedAction[]> {
    this.looked.push(filter);
    return this.acts;
  }

  async requestOf(): Promise<RequestStatus | null> {
    return this.request;
  }

  async matches(): Promise<readonly ListedMatch[]> {
    return this.listed;
  }

  async decideMatch(decision: MatchDecision): Promise<DecisionAnswer | null> {
    this.decided.push(decision);
    return this.decision;
  }

  async mergePeople(merge: PersonMerge): Promise<readonly MergedPerson[]> {
    this.merged.push(merge);
    return merge.losers.map((person) => ({ person, inDynamics: "left as it is" }));
  }

  async rules(): Promise<readonly ListedRule[]> {
    return this.known;
  }

  async addRule(rule: NewRule): Promise<number> {
    this.added.push(rule);
    return 3;
  }

  async removeRule(name: string): Promise<void> {
    this.removed.push(name);
  }
}
