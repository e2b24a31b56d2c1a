import { QUOTED_GUID } from "./codec.ts";
import { unknownProperty } from "./errors.ts";
import { wantsAnnotation } from "./message.ts";
import type { Organization } from "./organization.ts";
import { Unpacker } from "./packed.ts";
import type { Attribute, Entity } from "./schema.ts";
import type { Row, Table } from "./table.ts";
import { formattedValue } from "./formatted-value.ts";
import { navigationOf } from "./navigation.ts";

const FORMATTED = "OData.Community.Display.V1.FormattedValue";
const TARGET = "Microsoft.Dynamics.CRM.lookuplogicalname";
const NAVIGATION = "Microsoft.Dynamics.CRM.associatednavigationproperty";

/** The attributes that a `$select` names, key first; all OData properties without one. */
export function selectedAttributes(entity: Entity, select: string | undefined): Attribute[] {
  const key = entity.attributes.get(entity.primaryIdAttribute);
  const chosen = new Set<Attribute>();
  if (select === undefined || select.trim() === "" || select.trim() === "*") {
    for (const attribute of entity.attributes.values()) if (isShown(attribute)) chosen.add(attribute);
  } else {
    // A comma too many is let pass, as the service does.
    for (const name of select.split(",").filter((part) => part.trim() !== ""))
      chosen.add(propertyNamed(entity, name.trim()));
  }
  if (select !== undefined && [...chosen].some((attribute) => attribute.kind === "money")) {
    const currency = entity.attributes.get("transactioncurrencyid");
    if (currency !== undefined) chosen.add(currency);
  }
  if (key !== undefined) chosen.add(key);
  return [...chosen];
}

function isShown(attribute: Attribute): boolean {
  // Images come only when they are asked for.
  return attribute.property !== undefined && attribute.isValidForRead && attribute.kind !== "image";
}

/** The attribute behind a property name as `$select`, `$filter` and `$orderby` use it. */
export function findProperty(entity: Entity, name: string): Attribute | undefined {
  const plain = entity.attributes.get(name);
  if (plain?.property !== undefined) return plain;
  const lookup = /^_(.+)_value$/.exec(name)?.[1];
  const attribute = lookup === undefined ? undefined : entity.attributes.get(lookup);
  return attribute?.property === name ? attribute : undefined;
}

/** As {@link findProperty}, or the refusal of the Web API. */
export function propertyNamed(entity: Entity, name: string): Attribute {
  const attribute =
    findProperty(entity, name) ?? entity.attributes.get(navigationOf(entity, name)?.attribute ?? "");
  if (attribute?.property === undefined) throw unknownProperty(name, entity.logicalName);
  return attribute;
}

/** Columns that stand in no slot: the row's version, and its key where `$select` names it. */
const VERSION = -1;
const KEY = -2;

interface Column {
  readonly slot: number;
  readonly attribute: Attribute;
  readonly name: string;
  readonly prefix: string;
  readonly empty: string;
  /** The text of a lookup holds more than the wire shows. */
  readonly lookup: boolean;
  /** Whether values come with annotations. */
  readonly annotated: boolean;
}

/** Turns rows of one table into JSON objects of the chosen columns. */
export class RowWriter {
  /** Names the rendering, for keeping rendered pages. */
  readonly key: string;
  /** Whether the rendering depends on other rows too (the names behind lookups). */
  readonly dependent: boolean;
  readonly #annotated: Annotated;
  readonly #table: Table;
  readonly #columns: readonly Column[];
  /** Whether the key has its place among the columns; otherwise it comes last. */
  readonly #keyInside: boolean;
  readonly #reader = new Unpacker();

  constructor(
    organization: Organization,
    table: Table,
    select: string | undefined,
    annotations: readonly string[] = [],
  ) {
    this.#annotated = annotated(organization, annotations);
    this.#table = table;
    const { primaryIdAttribute } = table.entity;
    this.#keyInside = (select ?? "").split(",").some((name) => name.trim() === primaryIdAttribute);
    this.#columns = selectedAttributes(table.entity, select)
      .filter(({ logicalName }) => this.#keyInside || logicalName !== primaryIdAttribute)
      .map((attribute) => column(table, attribute, this.#annotated));
    this.key = `${table.entity.logicalName}|${this.#columns.map(({ slot }) => slot).join(",")}|${annotations.join(",")}`;
    this.dependent = this.#annotated.formatted;
  }

  /** The members of the row's object, without braces. */
  members(row: Row): string {
    return `"@odata.etag":"W/\\"${row.version}\\""${this.#columnMembers(row)}`;
  }

  /** As {@link members}, without the row's version. */
  membersWithoutEtag(row: Row): string {
    return this.#columnMembers(row).slice(1);
  }

  #columnMembers(row: Row): string {
    const { entity } = this.#table;
    const reader = this.#reader.open(row.packed);
    let text = "";
    for (const shown of this.#columns) {
      const { slot, prefix } = shown;
      if (slot < 0) {
        text += slot === KEY ? `${prefix}"${row.id}"` : prefix + row.version;
        continue;
      }
      const stored = reader.text(slot);
      if (stored === undefined) text += shown.empty;
      else {
        if (shown.annotated) text += valueAnnotations(this.#annotated, entity, shown, stored);
        text += prefix + (shown.lookup ? stored.slice(0, QUOTED_GUID) : stored);
      }
    }
    if (!this.#keyInside) text += `,"${entity.primaryIdAttribute}":"${row.id}"`;
    return isPrincipal(entity) ? `${text},"ownerid":"${row.id}"` : text;
  }

  write(row: Row): string {
    return `{${this.members(row)}}`;
  }
}

/** Which annotations of values are asked for, and where the names that they show are found. */
export interface Annotated {
  readonly organization: Organization;
  readonly formatted: boolean;
  readonly navigation: boolean;
  readonly target: boolean;
}

/** Looks once through what a client asks for, since values are many. */
export function annotated(organization: Organization, annotations: readonly string[]): Annotated {
  return {
    organization,
    formatted: wantsAnnotation(annotations, FORMATTED),
    navigation: wantsAnnotation(annotations, NAVIGATION),
    target: wantsAnnotation(annotations, TARGET),
  };
}

/** The annotations that stand before a value, each with a comma in front. */
export function valueAnnotations(
  { organization, formatted, navigation, target }: Annotated,
  entity: Entity,
  { attribute, name }: { readonly attribute: Attribute; readonly name: string },
  stored: string,
): string {
  let text = "";
  const shown = formatted ? formattedValue(organization, attribute, stored) : undefined;
  if (shown !== undefined) text += `,"${name}@${FORMATTED}":${JSON.stringify(shown)}`;
  if (attribute.kind !== "lookup") return text;
  const entityName = stored.slice(QUOTED_GUID);
  const property = navigation ? navigationName(entity, attribute, entityName) : undefined;
  if (property !== undefined) text += `,"${name}@${NAVIGATION}":"${property}"`;
  return target ? `${text},"${name}@${TARGET}":"${entityName}"` : text;
}

/** `systemuser` and `team` derive from `principal`, whose key is `ownerid`. */
export function isPrincipal(entity: Entity): boolean {
  return entity.logicalName === "systemuser" || entity.logicalName === "team";
}

function slotOf(table: Table, name: string): number {
  if (name === table.entity.primaryIdAttribute) return KEY;
  return name === "versionnumber" ? VERSION : table.slot(name);
}

function column(table: Table, attribute: Attribute, { formatted, navigation, target }: Annotated): Column {
  const slot = slotOf(table, attribute.logicalName);
  const name = attribute.property ?? attribute.logicalName;
  const prefix = `,"${name}":`;
  const lookup = attribute.kind === "lookup";
  const isAnnotated = formatted || (lookup && (navigation || target));
  return { slot, attribute, name, prefix, empty: `${prefix}null`, lookup, annotated: isAnnotated };
}

function navigationName(entity: Entity, attribute: Attribute, target: string): string | undefined {
  const relationship = entity.manyToOne.find(
    (candidate) =>
      candidate.referencingAttribute === attribute.logicalName && candidate.referencedEntity === target,
  );
  // Lookups that only the platform writes, such as `createdby`, come without it.
  if (!attribute.isValidForCreate && !attribute.isValidForUpdate) return undefined;
  return relationship?.referencingEntityNavigationPropertyName ?? attribute.logicalName;
}
