/**
 * `Merge`: of two records of an entity one remains. The other is closed and points to it (`masterid`), and what referred
 * to it refers to the one that remains.
 */
import type { Entity } from "../../core/organization.ts";
import type { Outcome, Write } from "../../core/sink-port.ts";
import type { Command, DataverseClient } from "./client.ts";
import { outcomeOf } from "./outcome.ts";
import { readCollection } from "./records.ts";
import { JSON_BODY } from "./write-command.ts";
import { laterOf } from "./write-exchange.ts";

/** The pair, by id. */
export interface Pair {
  readonly target: string;
  readonly subordinate: string;
}

/**
 * Merges two records; as `Sink.merge` promises. Where the answer was lost, or the service finds a record closed, the
 * subordinate says whether it was merged before.
 */
export async function mergeRecords(
  client: DataverseClient,
  entity: Entity,
  pair: Pair,
  signal: AbortSignal,
): Promise<Outcome> {
  try {
    const reply = await client.send(mergeCommand(entity, pair), signal);
    const write: Write = { kind: "update", id: pair.subordinate, guard: null, values: [] };
    const outcome: Outcome =
      reply.kind === "lost"
        ? { kind: "unknown", detail: reply.detail }
        : outcomeOf(write, entity, reply, client.now());
    if (outcome.kind !== "unknown" && outcome.kind !== "refused") return outcome;
    return (await isMerged(client, entity, pair, signal)) ? { kind: "written", version: null } : outcome;
  } catch (error) {
    return laterOf(error);
  }
}

/** Values are marketing's to decide, and travel as edits: nothing is taken over. */
function mergeCommand({ name, primaryId }: Entity, { target, subordinate }: Pair): Command {
  const type = { "@odata.type": `Microsoft.Dynamics.CRM.${name}` };
  const wanted = {
    Target: { ...type, [primaryId]: target },
    Subordinate: { ...type, [primaryId]: subordinate },
    UpdateContent: type,
    PerformParentingChecks: false,
  };
  return {
    method: "POST",
    path: "Merge",
    headers: { "content-type": JSON_BODY },
    body: JSON.stringify(wanted),
  };
}

async function isMerged(
  client: DataverseClient,
  { name, set, primaryId }: Entity,
  { target, subordinate }: Pair,
  signal: AbortSignal,
): Promise<boolean> {
  const filter = encodeURIComponent(`${primaryId} eq ${subordinate}`);
  const path = `${set}?$select=_masterid_value&$filter=${filter}`;
  const { body } = await client.get(path, { entity: name, read: readCollection }, signal);
  const [record] = body.value as Record<string, unknown>[];
  return String(record?.["_masterid_value"]).toLowerCase() === target.toLowerCase();
}
