/**
 * The map of an organization: its entities and how they refer to each other, as far as it can be read without reading
 * a record.
 */

export interface OrganizationMap {
  readonly entities: readonly MappedEntity[];
  readonly references: readonly Reference[];
}

/** An entity as the map knows it: enough to choose by. */
export interface MappedEntity {
  /** Logical name: `new_session`. */
  readonly name: string;
  readonly label: string;
  /** `relation`: the rows are the pairs of an N:N relationship. */
  readonly kind: "table" | "activity" | "relation";
  /** How much of it the user may read; null when the organization does not tell. */
  readonly readable: "all" | "part" | "none" | null;
  /** Whether changes and deletes are tracked. */
  readonly tracked: boolean;
  /** The rule by which it is left out of the list; null where it is not. */
  readonly noise: string | null;
}

/**
 * One entity refers to another: a lookup (1:N), or one end of an N:N relationship, whose pairs refer to both their
 * ends.
 */
export interface Reference {
  /** Schema name of the relationship. */
  readonly relationship: string;
  /** Entity that has the attribute. */
  readonly entity: string;
  readonly attribute: string;
  /** Entity that the attribute's values are ids of. */
  readonly target: string;
}

/** Where all paths lead: who a custom entity is about. */
export const ROOTS: readonly string[] = ["contact", "lead", "account"];

/**
 * Entities that everything refers to, as its owner, unit or currency. No path leads through them: they would relate
 * all to all.
 */
export const HUBS: ReadonlySet<string> = new Set([
  "systemuser",
  "team",
  "owner",
  "businessunit",
  "organization",
  "transactioncurrency",
  "calendar",
  "processstage",
  "workflow",
  "sla",
  "principal",
  "asyncoperation",
  "bulkdeletefailure",
  "duplicaterecord",
  "mailboxtrackingfolder",
  "processsession",
  "syncerror",
  "userentityinstancedata",
]);
