/**
 * People at work in the emulated organization while Tandem reads it: a seeded stream of creates, edits, deletes,
 * re-creations and assignments, through the organization's own rules.
 */
import { seededChance } from "./chance.ts";
import { plain, storedRecords } from "./organization.ts";

interface Edited {
  readonly entity: string;
  readonly primaryId: string;
}

const LEAD: Edited = { entity: "lead", primaryId: "leadid" };
const CONTACT: Edited = { entity: "contact", primaryId: "contactid" };
const ACCOUNT: Edited = { entity: "account", primaryId: "accountid" };
const OPPORTUNITY: Edited = { entity: "opportunity", primaryId: "opportunityid" };
const INTEREST: Edited = { entity: "new_productinterest", primaryId: "new_productinterestid" };
const TEAM: Edited = { entity: "team", primaryId: "teamid" };
const EDITED = [LEAD, CONTACT, ACCOUNT, OPPORTUNITY, INTEREST, TEAM];

/** Texts that have broken synchronizers before. */
const WORDS = [
  "Größe",
  "naïve",
  "O'Čapek",
  "tab\there",
  "back\\slash",
  "line\r\nbreak",
  "🚀 launch",
  '"quoted"',
  "\\N",
];

/** One kind of edit. Returns whether the organization accepted it. */
type Edit = () => Promise<boolean>;

export class Editors {
  readonly #control: string;
  readonly #random: () => number;
  readonly #ids = new Map<string, string[]>();
  /** Ids of deleted leads and contacts, which may come back. */
  readonly #gone: { readonly of: Edited; readonly id: string }[] = [];
  readonly #edits: readonly Edit[];
  #turn = 0;

  private constructor(control: string, seed: number) {
    this.#control = control;
    this.#random = seededChance(seed);
    this.#edits = [
      () => this.#change(CONTACT, { jobtitle: this.#word(), donotbulkemail: this.#random() < 0.5 }),
      () =>
        this.#change(LEAD, { subject: this.#word(), revenue: `${Math.floor(this.#random() * 1e9)}.2500` }),
      () =>
        this.#change(ACCOUNT, { name: this.#word(), numberofemployees: Math.floor(this.#random() * 1e5) }),
      () => this.#change(OPPORTUNITY, { estimatedvalue: `${Math.floor(this.#random() * 1e6)}.0100` }),
      () => this.#change(INTEREST, { new_remarks: this.#word(), new_externalnumber: "9007199254740993" }),
      () => this.#change(CONTACT, { ownerid: { entity: "team", id: this.#pick(TEAM) } }),
      () => this.#change(LEAD, { ownerid: { entity: "team", id: this.#pick(TEAM) } }),
      () => this.#change(CONTACT, { parentcustomerid: { entity: "account", id: this.#pick(ACCOUNT) } }),
      () => this.#create(LEAD, { lastname: this.#word(), subject: this.#word() }),
      () => this.#create(CONTACT, { lastname: this.#word(), description: this.#word() }),
      () => this.#delete(LEAD),
      () => this.#delete(CONTACT),
      () => this.#restore(),
    ];
  }

  /** Learns which records there are. */
  static async at(control: string, seed: number): Promise<Editors> {
    const editors = new Editors(control, seed);
    for (const { entity, primaryId } of EDITED) {
      const ids: string[] = [];
      for await (const record of storedRecords(control, entity)) ids.push(plain(record[primaryId]));
      editors.#ids.set(entity, ids);
    }
    return editors;
  }

  /** Makes that many edits, each kind in turn. Returns how many were accepted. */
  async work(edits: number): Promise<number> {
    let accepted = 0;
    for (let done = 0; done < edits; done += 1) {
      const edit = this.#edits[this.#turn % this.#edits.length];
      this.#turn += 1;
      if ((await edit?.()) === true) accepted += 1;
    }
    return accepted;
  }

  #word(): string {
    return `${WORDS[Math.floor(this.#random() * WORDS.length)] ?? ""} ${this.#turn}`;
  }

  #pick({ entity }: Edited): string {
    const ids = this.#ids.get(entity) ?? [];
    return ids[Math.floor(this.#random() * ids.length)] ?? "";
  }

  async #change(of: Edited, changes: object): Promise<boolean> {
    return this.#send("PATCH", `${of.entity}/${this.#pick(of)}`, changes);
  }

  async #create(of: Edited, record: object): Promise<boolean> {
    const answer = await fetch(`${this.#control}/records/${of.entity}?rules=true`, {
      method: "POST",
      body: JSON.stringify([record]),
    });
    const { ids = [] } = (await answer.json()) as { ids?: readonly string[] };
    this.#ids.get(of.entity)?.push(...ids);
    return answer.ok;
  }

  async #delete(of: Edited): Promise<boolean> {
    const id = this.#pick(of);
    const deleted = await this.#send("DELETE", `${of.entity}/${id}`);
    if (deleted) {
      const ids = this.#ids.get(of.entity);
      ids?.splice(ids.indexOf(id), 1);
      this.#gone.push({ of, id });
    }
    return deleted;
  }

  /** Creates a deleted record again, under the id it had. */
  async #restore(): Promise<boolean> {
    const place = Math.floor(this.#random() * this.#gone.length);
    const [back] = this.#gone.splice(place, 1);
    if (back === undefined) return false;
    return this.#create(back.of, { [back.of.primaryId]: back.id, lastname: this.#word() });
  }

  async #send(method: string, path: string, body?: object): Promise<boolean> {
    const answer = await fetch(`${this.#control}/records/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    await answer.arrayBuffer();
    return answer.ok;
  }
}
