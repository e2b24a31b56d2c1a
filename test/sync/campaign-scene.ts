/**
 * Campaigns of an emulated organization, and who is on their lists there: the oracle is the organization's own list
 * membership.
 */
import { expect } from "vitest";
import type { Scene } from "./scene.ts";
import { openScene } from "./scene.ts";

export interface Member {
  readonly id: string;
  readonly crm_id: string;
}

export class CampaignScene {
  readonly scene: Scene;
  readonly campaign: string;

  constructor(scene: Scene, campaign: string) {
    this.scene = scene;
    this.campaign = campaign;
  }

  /** Row of the campaign in marketing. */
  async row(): Promise<string> {
    const { rows } = await this.scene.sql.query<{ id: string }>(
      "select id from marketing.campaigns where crm_id = $1",
      [this.campaign],
    );
    return rows[0]?.id ?? "";
  }

  /** The first active persons of a kind, in the order of their rows. */
  async persons(kind: "lead" | "contact", count: number): Promise<readonly Member[]> {
    const { rows } = await this.scene.sql.query<Member>(
      `select id, crm_id from marketing.people
        where crm_type = $1 and not crm_deleted and person_status in ('Active', 'Open') order by id limit $2`,
      [kind, count],
    );
    expect(rows).toHaveLength(count);
    return rows;
  }

  async add(...persons: readonly Pick<Member, "id">[]): Promise<readonly string[]> {
    return this.#ask("add_to_campaign", persons);
  }

  async remove(...persons: readonly Pick<Member, "id">[]): Promise<readonly string[]> {
    return this.#ask("remove_from_campaign", persons);
  }

  async #ask(name: string, persons: readonly Pick<Member, "id">[]): Promise<readonly string[]> {
    const { rows } = await this.scene.sql.query<{ answer: string }>(
      `select marketing.${name}($1, id) as answer from unnest($2::bigint[]) with ordinality as p(id, place)
        order by place`,
      [await this.row(), persons.map(({ id }) => id)],
    );
    return rows.map(({ answer }) => answer);
  }

  /** State by person, of all who were ever asked for. */
  async states(): Promise<Readonly<Record<string, string>>> {
    const { rows } = await this.scene.sql.query<{ person_id: string; state: string }>(
      "select person_id, state from marketing.campaign_members order by person_id",
    );
    return Object.fromEntries(rows.map(({ person_id: person, state }) => [person, state]));
  }

  /** What the history tells of campaigns, by person. */
  async told(): Promise<readonly { readonly row_id: string; readonly kind: string }[]> {
    const { rows } = await this.scene.sql.query<{ row_id: string; kind: string }>(
      "select row_id, kind from marketing.activities where kind like 'campaign-%' order by id",
    );
    return rows;
  }

  /** Lists attached to the campaign in Dynamics, by name. */
  lists(): ReadonlyMap<string, string> {
    const own = this.#records("campaignitem").filter(({ campaignid }) => idOf(campaignid) === this.campaign);
    return new Map(
      own.map(({ entityid }) => {
        const list = idOf(entityid);
        return [idOf(this.scene.emulator.store.get("list", list)?.["listname"]), list];
      }),
    );
  }

  /** Records on a list of that name in Dynamics. */
  members(name: string): readonly string[] {
    const list = this.lists().get(name);
    const own = this.#records("listmember").filter(({ listid }) => idOf(listid) === list);
    return sorted(own.map(({ entityid }) => idOf(entityid)));
  }

  #records(entity: string): readonly Readonly<Record<string, unknown>>[] {
    const { store } = this.scene.emulator;
    return store.ids(entity).flatMap((id) => {
      const record = store.get(entity, id);
      return record === undefined ? [] : [record];
    });
  }

  get leads(): readonly string[] {
    return this.members(`Mkto-leads-${this.campaign}`);
  }

  get contacts(): readonly string[] {
    return this.members(`Mkto-contacts-${this.campaign}`);
  }

  /** Nothing is left to do: a further cycle writes nothing. */
  async expectQuiet(): Promise<void> {
    this.scene.requests.length = 0;
    const { complete, status } = await this.scene.sync();
    expect(complete).toBe(true);
    expect(status.connections[0]?.lastCycle).toMatchObject({ pushed: 0, refused: 0 });
    expect(this.scene.requests.filter((path) => /\$batch|MemberList|ListMembers|AddItem/.test(path))).toEqual(
      [],
    );
  }
}

/** The id of a lookup, or a text as it is. */
function idOf(value: unknown): string {
  if (typeof value === "string") return value;
  return typeof value === "object" && value !== null && "id" in value ? idOf(value.id) : "";
}

/** Ids in an order of their own. */
export function sorted(ids: readonly string[]): readonly string[] {
  return ids.toSorted((one, other) => (one < other ? -1 : 1));
}

/** An organization with one active campaign, in step. */
export async function openCampaigns(): Promise<CampaignScene> {
  const scene = await openScene({ records: 200, environment: { TANDEM_ENTITIES: "campaign,list" } });
  const campaign = scene.emulator.store.create("campaign", { name: "Spring", statecode: 0, statuscode: 2 });
  await scene.sync();
  scene.requests.length = 0;
  return new CampaignScene(scene, campaign);
}
