/**
 * From a write to the request that carries it out.
 */
import type { Entity } from "../../core/organization.ts";
import type { Write } from "../../core/sink-port.ts";
import type { Command } from "./client.ts";

/** A write whose values are in the words of the Web API. */
export interface Prepared {
  readonly write: Write;
  /** Members of its JSON body. */
  readonly members: readonly string[];
}

export const JSON_BODY = "application/json; charset=utf-8";

/**
 * The request for one record. A creation must find nothing under its id; an update must find the version it was made
 * from, or at least something, because a bare `PATCH` would create what is not there.
 */
export function writeCommand(entity: Entity, { write, members }: Prepared): Command {
  const address = `${entity.set}(${encodeURIComponent(write.id)})`;
  if (write.kind === "delete") return { method: "DELETE", path: address, headers: condition(write) };
  return {
    method: "PATCH",
    // The answer then carries the new version, and little else.
    path: `${address}?$select=${entity.primaryId}`,
    headers: { "content-type": JSON_BODY, prefer: "return=representation", ...condition(write) },
    body: `{${members.join(",")}}`,
  };
}

function condition({ kind, guard }: Write): Readonly<Record<string, string>> {
  if (kind === "create") return { "if-none-match": "*" };
  return { "if-match": guard === null ? "*" : `W/"${guard}"` };
}
