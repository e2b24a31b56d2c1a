import { ApiError } from "./errors.ts";
import type { Organization } from "./organization.ts";
import type { Lookup } from "./record.ts";
import type { Entity } from "./schema.ts";

/** How far a privilege reaches: not at all, the user's own records, or the whole organization. */
export type Depth = "none" | "user" | "global";
export type PrivilegeType =
  | "Create"
  | "Read"
  | "Write"
  | "Delete"
  | "Assign"
  | "Append"
  | "AppendTo"
  | "Share";

/** A record with the id of its owner, where it has one. */
export interface Owned extends Lookup {
  readonly owner: string | undefined;
}

function shareKey(user: string, { entity, id }: Lookup): string {
  return `${user} ${entity} ${id}`;
}

/** Who may do what. A user without entries has the System Administrator role: everything, everywhere. */
export class Access {
  readonly #organization: Organization;
  readonly #depths = new Map<string, Map<string, Depth>>();
  /** What users were granted on single records, beyond their roles. */
  readonly #shares = new Map<string, ReadonlySet<PrivilegeType>>();
  /** Users without any security role. */
  readonly withoutRole = new Set<string>();

  constructor(organization: Organization) {
    this.#organization = organization;
  }

  /** Sets how far a user's privilege on an entity reaches; `*` stands for all entities not set on their own. */
  set(user: string, entity: string, type: PrivilegeType, depth: Depth): void {
    const depths = this.#depths.get(user) ?? new Map<string, Depth>();
    depths.set(`${entity}.${type}`, depth);
    this.#depths.set(user, depths);
  }

  /** Sets what a user is granted on one record; nothing takes it all away. */
  share(user: string, record: Lookup, rights: ReadonlySet<PrivilegeType>): void {
    this.#shares.set(shareKey(user, record), rights);
  }

  shared(user: string, record: Lookup): ReadonlySet<PrivilegeType> {
    return this.#shares.get(shareKey(user, record)) ?? new Set();
  }

  /** Whether a privilege of this depth reaches a record: everything, the user's own, or what was shared with them. */
  reaches(user: string, record: Owned, type: PrivilegeType): boolean {
    const depth = this.depth(user, record.entity, type);
    if (depth === "global" || (depth === "user" && record.owner === user)) return true;
    return this.shared(user, record).has(type);
  }

  depth(user: string, entity: string, type: PrivilegeType): Depth {
    if (this.withoutRole.has(user)) return "none";
    const depths = this.#depths.get(user);
    return depths?.get(`${entity}.${type}`) ?? depths?.get(`*.${type}`) ?? "global";
  }

  /** Refuses unless the user has the privilege at all; gives its depth. */
  demand(user: string, entity: Entity, type: PrivilegeType): Depth {
    if (this.withoutRole.has(user)) {
      const message = `The user with id ${user} has not been assigned any roles. They need a role with the prvRead${entity.schemaName} privilege.`;
      throw new ApiError(403, "0x80042f09", message);
    }
    const depth = this.depth(user, entity.logicalName, type);
    if (depth === "none") throw this.#denied(user, entity, type);
    return depth;
  }

  /** Refuses unless the privilege reaches the whole organization. */
  demandGlobal(user: string, entity: Entity, type: PrivilegeType): void {
    if (this.demand(user, entity, type) !== "global") throw this.#denied(user, entity, type);
  }

  #denied(user: string, entity: Entity, type: PrivilegeType): ApiError {
    const privilege =
      entity.privileges.find((candidate) => candidate.type === type)?.name ??
      `prv${type}${entity.schemaName}`;
    const id = this.#organization.standard.organization;
    const message =
      `Principal user (Id=${user}, type=8, roleCount=1, privilegeCount=310, accessMode=4), is missing ${privilege} privilege ` +
      `(Id=${id}) on OTC=${entity.objectTypeCode} for entity '${entity.logicalName}' (LocalizedName='${entity.displayName}'). ` +
      `context.Caller=${user}.`;
    return new ApiError(403, "0x80040220", message);
  }
}
