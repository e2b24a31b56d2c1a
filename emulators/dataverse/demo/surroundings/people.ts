import type { Emulator } from "../../emulator.ts";
import type { Lookup } from "../../record.ts";
import { Random } from "../random.ts";

/** One number per independent kind of draw; never renumber, or a seed means another organization. */
const STREAMS = {
  venue: 1,
  event: 2,
  registration: 3,
  sponsor: 4,
  campaign: 5,
  list: 6,
  member: 7,
  role: 8,
  connection: 9,
  crew: 10,
} as const;

type Stream = keyof typeof STREAMS;

const FIRST_STREAM = 0x400;
const FIRST_IDENTIFIER = 0x500;

/** Whom an organization has already, for those who are added around them to refer to. */
export class People {
  readonly contacts: readonly string[];
  readonly leads: readonly string[];
  readonly accounts: readonly string[];
  readonly opportunities: readonly string[];
  readonly users: readonly string[];
  readonly teams: readonly string[];
  readonly #seed: number;

  constructor({ store }: Emulator, seed: number) {
    this.contacts = store.ids("contact");
    this.leads = store.ids("lead");
    this.accounts = store.ids("account");
    this.opportunities = store.ids("opportunity");
    this.#seed = seed;
    this.users = store
      .ids("systemuser")
      .filter((id) => store.get("systemuser", id)?.["applicationid"] === undefined);
    this.teams = store.ids("team");
  }

  random(stream: Stream, index: number): Random {
    return new Random(this.#seed, FIRST_STREAM + STREAMS[stream], index);
  }

  /** The id of the record of a kind with this number. */
  id(stream: Stream, index: number): string {
    return new Random(this.#seed, FIRST_IDENTIFIER + STREAMS[stream], index).guid();
  }

  /** A user, disabled ones among them, or, in one case of six, a team. */
  owner(random: Random): Lookup {
    return random.chance(1 / 6)
      ? { entity: "team", id: random.pick(this.teams) }
      : { entity: "systemuser", id: random.pick(this.users) };
  }
}
