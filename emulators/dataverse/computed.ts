import { decimalPlaces, QUOTED_GUID } from "./codec.ts";
import { divide, fixed } from "./decimal.ts";
import type { Organization } from "./organization.ts";
import type { Attribute, Entity } from "./schema.ts";
import type { Draft } from "./table.ts";

/** The columns of an entity that the platform computes from others, found once per entity and schema version. */
interface Computed {
  readonly schemaVersion: number;
  readonly named: boolean;
  /** The beginnings of address columns that have a composite: `address1_`. */
  readonly addresses: readonly string[];
  /** Pairs of a money column and its amount in the base currency. */
  readonly amounts: readonly { readonly amount: Attribute; readonly base: Attribute }[];
}

const known = new WeakMap<Entity, Computed>();

function computedOf(entity: Entity, schemaVersion: number): Computed {
  const found = known.get(entity);
  if (found?.schemaVersion === schemaVersion) return found;
  const amounts = [...entity.attributes.values()].flatMap((amount) => {
    const base = amount.kind === "money" ? entity.attributes.get(`${amount.logicalName}_base`) : undefined;
    return base === undefined ? [] : [{ amount, base }];
  });
  const { attributes } = entity;
  const addresses = [...attributes.keys()].flatMap((name) => /^(address\d_)composite$/.exec(name)?.[1] ?? []);
  const named = attributes.has("fullname") && attributes.has("firstname") && attributes.has("lastname");
  const computed = { schemaVersion, named, addresses, amounts };
  known.set(entity, computed);
  return computed;
}

function fullName(draft: Draft): string | undefined {
  const names = [draft.get("firstname"), draft.get("lastname")]
    .filter((text) => text !== undefined)
    .map((text) => text.slice(1, -1).trim())
    .filter((text) => text !== "");
  return names.length === 0 ? undefined : `"${names.join(" ")}"`;
}

/** The lines of an address as an English organization writes them; undefined when all its columns are empty. */
function composite(draft: Draft, prefix: string): string | undefined {
  const part = (name: string): string => (draft.get(`${prefix}${name}`) ?? '""').slice(1, -1);
  const region = [part("stateorprovince"), part("postalcode")].filter(Boolean).join(" ");
  const place = [part("city"), region].filter(Boolean).join(", ");
  const lines = [part("line1"), part("line2"), part("line3"), place, part("country")].filter(Boolean);
  return lines.length === 0 ? undefined : `"${lines.join("\\r\\n")}"`;
}

/** The rate of the record's currency; the base currency is filled in where a record with money names none. */
function exchangeRate(organization: Organization, draft: Draft): string {
  draft.fill("transactioncurrencyid", { entity: "transactioncurrency", id: organization.standard.currency });
  const id = draft.get("transactioncurrencyid")?.slice(1, QUOTED_GUID - 1);
  const currencies = organization.table("transactioncurrency");
  const row = id === undefined ? undefined : currencies.row(id);
  return (row && currencies.text(row, "exchangerate")) ?? "1.0000000000";
}

/** Brings `fullname`, the composite addresses, `exchangerate` and the base amounts of a draft in line with what they are computed from. */
export function compute(organization: Organization, draft: Draft): void {
  const { entity } = draft.table;
  const computed = computedOf(entity, organization.schemaVersion);
  if (computed.named) draft.setText("fullname", fullName(draft));
  for (const prefix of computed.addresses) draft.setText(`${prefix}composite`, composite(draft, prefix));
  const priced = computed.amounts.some(({ amount }) => draft.has(amount.logicalName));
  if (!priced && !computed.amounts.some(({ base }) => draft.has(base.logicalName))) return;
  const rate = exchangeRate(organization, draft);
  const exchange = entity.attributes.get("exchangerate");
  if (exchange !== undefined) draft.set(exchange, rate);
  for (const { amount, base } of computed.amounts) {
    const value = draft.get(amount.logicalName);
    const quotient =
      value === undefined ? undefined : divide(value, rate, base.precision ?? amount.precision ?? 2);
    draft.setText(
      base.logicalName,
      quotient === undefined ? undefined : fixed(quotient, decimalPlaces(base)),
    );
  }
}
