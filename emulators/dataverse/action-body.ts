import { isPrincipal } from "./columns.ts";
import { badPayload, doesNotExist } from "./errors.ts";
import type { ApiError } from "./errors.ts";
import { ExactNumber, isObject } from "./json-body.ts";
import type { Json, JsonObject } from "./json-body.ts";
import type { Lookup } from "./record.ts";
import type { Table } from "./table.ts";
import type { WebCall } from "./web-call.ts";
import { bodyObject } from "./write-body.ts";

/** The parameters of an action, read with the refusals of the service. */
export class ActionBody {
  readonly members: JsonObject;
  readonly #call: WebCall;
  readonly #action: string;

  constructor(call: WebCall, action: string) {
    this.#call = call;
    this.#action = action;
    this.members = bodyObject(call, action);
  }

  boolean(name: string): boolean {
    const value = this.members[name];
    if (typeof value === "boolean") return value;
    throw this.#missing(name);
  }

  whole(name: string): number {
    const value = this.members[name];
    if (value instanceof ExactNumber && /^-?\d+$/.test(value.text)) return Number(value.text);
    throw this.#missing(name);
  }

  object(name: string): JsonObject {
    const value = this.members[name];
    if (isObject(value)) return value;
    throw this.#missing(name);
  }

  /** The record that a parameter names by its type and primary id; it must exist. */
  record(name: string): { table: Table; id: string } {
    return entityReference(this.#call, this.object(name), () => this.#missing(name));
  }

  /** As {@link record}, for a parameter that may be left out. */
  optionalLookup(name: string): Lookup | undefined {
    const value: Json | undefined = this.members[name];
    if (value === undefined || value === null) return undefined;
    const { table, id } = this.record(name);
    return { entity: table.entity.logicalName, id };
  }

  #missing(name: string): ApiError {
    return badPayload(
      this.#action,
      `Microsoft.OData.ODataException: The parameter '${name}' of the action '${this.#action}' is missing or of the wrong type.`,
    );
  }
}

/**
 * The record that `{"@odata.type":"Microsoft.Dynamics.CRM.account","accountid":"…"}` means; users and teams are also
 * named by `ownerid`, their key.
 */
export function entityReference(
  call: WebCall,
  value: JsonObject,
  wrong: () => ApiError,
): { table: Table; id: string } {
  const type = value["@odata.type"];
  const name = typeof type === "string" ? type.replace(/^#?Microsoft\.Dynamics\.CRM\./, "") : "";
  const table = call.organization.findTable(name);
  const id =
    table && (value[table.entity.primaryIdAttribute] ?? (isPrincipal(table.entity) && value["ownerid"]));
  if (table === undefined || typeof id !== "string") throw wrong();
  if (table.row(id.toLowerCase()) === undefined) throw doesNotExist(name, id);
  return { table, id: id.toLowerCase() };
}
