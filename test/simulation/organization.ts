/**
 * The organization of a history: an emulator with only the columns that matter, a few people in it, and what sellers do.
 */
import { column } from "../../emulators/dataverse/demo/definitions.ts";
import { createEmulator } from "../../emulators/dataverse/emulator.ts";
import type { Emulator } from "../../emulators/dataverse/emulator.ts";
import { seededRandom } from "../../emulators/dataverse/random.ts";
import { bodyText } from "../../emulators/dataverse/message.ts";
import type { WireRecord, WireValue } from "../../emulators/dataverse/record.ts";
import type { Ledger, SharedField } from "./ledger.ts";
import { FIELDS, MARK, OPT_OUTS, UNMAPPED } from "./ledger.ts";
import type { History, Kind } from "./steps.ts";
import { ORIGIN } from "./wire.ts";

const PEOPLE = 3;

/** Columns that stay; the others would only be described over and over again. */
const KEPT: ReadonlySet<string> = new Set([
  ..."firstname lastname fullname emailaddress1 subject ownerid owninguser owningteam owningbusinessunit".split(
    " ",
  ),
  ..."statecode statuscode createdon createdby modifiedon modifiedby versionnumber merged masterid".split(
    " ",
  ),
  ..."parentcontactid parentaccountid originatingleadid customerid transactioncurrencyid".split(" "),
  ...[MARK, ...FIELDS, OPT_OUTS.always, OPT_OUTS.either].map(({ attribute }) => attribute),
]);

export interface OrganizationOptions {
  readonly now: () => number;
  readonly overlap?: number;
  readonly untracked?: readonly Kind[];
}

/** An organization without people. The same ids each time. */
export function openOrganization({ now, overlap = 0, untracked = [] }: OrganizationOptions): Emulator {
  const emulator = createEmulator({
    clock: now,
    random: seededRandom(1),
    settings: { pageOverlap: overlap },
  });
  for (const kind of ["lead", "contact"] as const) {
    const attributes = emulator.organization.entity(kind)?.attributes;
    for (const name of attributes?.keys() ?? []) {
      if (!KEPT.has(name) && name !== `${kind}id`) attributes?.delete(name);
    }
    emulator.schema.addAttribute(kind, column("String", "new_Untouched", "Untouched", { maxLength: 100 }));
  }
  for (const kind of untracked) emulator.schema.setChangeTracking(kind, false);
  return emulator;
}

/** What sellers do. Each deed returns what is to be told of it, for the trace. */
export class Sellers {
  readonly #emulator: Emulator;
  readonly #ledger: Ledger;
  /** Records that were deleted, as they were. */
  readonly #deleted: { readonly kind: Kind; readonly record: WireRecord }[] = [];

  constructor(emulator: Emulator, ledger: Ledger) {
    this.#emulator = emulator;
    this.#ledger = ledger;
  }

  settle(): void {
    for (const kind of ["contact", "lead"] as const) {
      for (let nth = 0; nth < PEOPLE; nth += 1) this.create(kind, `${kind}${nth}`);
    }
  }

  create(kind: Kind, mark: string): string {
    const untouched = `of ${mark}`;
    const id = this.#emulator.store.create(kind, {
      firstname: "Ann",
      lastname: mark,
      middlename: mark,
      emailaddress1: `${mark.toLowerCase()}@example.com`,
      [UNMAPPED.attribute]: untouched,
      ...(kind === "lead" ? { subject: "Interested" } : {}),
    });
    this.#ledger.unmapped.set(id, untouched);
    return id;
  }

  write(kind: Kind, who: number, field: SharedField, value: string | boolean | null): string {
    const id = this.#pick(kind, who);
    if (id === undefined) return "nobody";
    this.#ledger.note(this.markOf(kind, id), field, "dynamics", value);
    this.#emulator.store.update(kind, id, { [field.attribute]: value });
    return id;
  }

  remove(kind: Kind, who: number): string {
    const id = this.#pick(kind, who);
    if (id === undefined) return "nobody";
    const { versionnumber: _version, ...record } = this.#emulator.store.get(kind, id) ?? {};
    this.#deleted.push({ kind, record });
    this.#ledger.tell(this.markOf(kind, id), "record-deleted");
    this.#emulator.store.remove(kind, id);
    return id;
  }

  /** The same record once more, under the same id. */
  recreate(who: number): string {
    const known = this.#deleted[who % Math.max(this.#deleted.length, 1)];
    if (known === undefined) return "nobody";
    const { kind, record } = known;
    const key = `${kind}id`;
    const id = textOf(record[key]);
    if (this.#emulator.store.get(kind, id) !== undefined) return "there already";
    const kept = Object.entries(record).filter(([name]) => REMADE.has(name) || name === key);
    this.#emulator.store.create(kind, Object.fromEntries(kept));
    this.#ledger.tell(textOf(record[MARK.attribute]), "re-created");
    return id;
  }

  assign(kind: Kind, who: number): string {
    const id = this.#pick(kind, who);
    if (id === undefined) return "nobody";
    const { administrator, applicationUser } = this.#emulator.organization.standard;
    const owner = who % 2 === 0 ? administrator : applicationUser;
    this.#emulator.store.update(kind, id, { ownerid: { entity: "systemuser", id: owner } });
    return id;
  }

  async qualify(who: number): Promise<string> {
    const id = this.#pick("lead", who);
    if (id === undefined) return "nobody";
    const mark = this.markOf("lead", id);
    const refused = await this.#act(`leads(${id})/Microsoft.Dynamics.CRM.QualifyLead`, {
      CreateAccount: false,
      CreateContact: true,
      CreateOpportunity: false,
      Status: 3,
    });
    if (refused === null) this.#ledger.tell(mark, "qualified");
    return `${id} ${refused ?? ""}`;
  }

  async merge(kind: Kind, who: number, other: number): Promise<string> {
    const [winner, loser] = [this.#pick(kind, who), this.#pick(kind, other)];
    if (winner === undefined || loser === undefined || winner === loser) return "nobody";
    const type = { "@odata.type": `Microsoft.Dynamics.CRM.${kind}` };
    const refused = await this.#act("Merge", {
      Target: { ...type, [`${kind}id`]: winner },
      Subordinate: { ...type, [`${kind}id`]: loser },
      UpdateContent: { ...type },
      PerformParentingChecks: false,
    });
    if (refused === null) this.#noteMerge(this.markOf(kind, winner), this.markOf(kind, loser));
    return `${loser} into ${winner} ${refused ?? ""}`;
  }

  #noteMerge(winner: string, loser: string): void {
    this.#ledger.tell(winner, "merged");
    this.#ledger.tell(loser, "merged");
    if (winner !== loser) this.#ledger.mergedInto.set(loser, winner);
  }

  markOf(kind: Kind, id: string): string {
    return textOf(this.#emulator.store.get(kind, id)?.[MARK.attribute]);
  }

  #pick(kind: Kind, who: number): string | undefined {
    const open = standing(this.#emulator, kind).filter(
      (id) => (this.#emulator.store.get(kind, id)?.["statecode"] ?? 0) === 0,
    );
    return open[who % Math.max(open.length, 1)];
  }

  /** As a person at the screen does it. Returns why it was refused, or null. */
  async #act(path: string, body: object): Promise<string | null> {
    const { tenantId, username, password, clientId } = this.#emulator.authority.credentials;
    const form = new URLSearchParams({
      grant_type: "password",
      client_id: clientId,
      username,
      password,
      scope: `${ORIGIN}/.default`,
    });
    const url = new URL(`${ORIGIN}/${tenantId}/oauth2/v2.0/token`);
    const issued = this.#emulator.authority.answer("POST", url, form.toString());
    const { access_token: token } = JSON.parse(bodyText(issued?.body ?? "")) as { access_token: string };
    const { status } = await this.#emulator.answer({
      method: "POST",
      url: `${ORIGIN}/api/data/v9.2/${path}`,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    return status < 300 ? null : `refused: ${status}`;
  }
}

const REMADE: ReadonlySet<string> = new Set([
  "firstname",
  "lastname",
  "emailaddress1",
  "subject",
  UNMAPPED.attribute,
  ...[MARK, ...FIELDS, OPT_OUTS.always, OPT_OUTS.either].map(({ attribute }) => attribute),
]);

/** The text of a value that is one; else nothing. */
export function textOf(value: WireValue | undefined): string {
  return typeof value === "string" ? value : "";
}

const QUALIFIED = 1;

/** Records that are persons of their own: neither merged into others, nor leads that are contacts by now. */
export function standing({ store }: Emulator, kind: Kind): readonly string[] {
  return store.ids(kind).filter((id) => {
    const { merged, statecode } = store.get(kind, id) ?? {};
    return merged !== true && (kind === "contact" || statecode !== QUALIFIED);
  });
}

/** The organization of a history, with its people. */
export function settledOrganization(history: History, ledger: Ledger, now: () => number) {
  const emulator = openOrganization({ now, overlap: history.overlap, untracked: history.untracked });
  const sellers = new Sellers(emulator, ledger);
  sellers.settle();
  return { emulator, sellers };
}
