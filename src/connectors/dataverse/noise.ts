/**
 * Which entities are left out of the list that people choose from: what the platform keeps for itself.
 */
import { HUBS } from "../../core/entity-map.ts";
import type { DefinitionAnswer } from "./organization-map.ts";

/** The rule by which an entity is left out, in a sentence; null for one that people may want. Pure. */
export function noiseOf(answer: DefinitionAnswer): string | null {
  const name = answer.LogicalName;
  if ((answer.EntitySetName ?? "") === "") return "The Web API does not offer it.";
  if (answer.IsPrivate === true) return "The platform keeps it for itself (a private table).";
  if (answer.IsBPFEntity === true) return "It holds the stages of a business process flow.";
  if (answer.IsLogicalEntity === true) return "It has no rows of its own (a logical table).";
  if (HUBS.has(name)) return "Everything is related to it.";
  if (name === "activityparty") return "It lists the parties of activities, not records of their own.";
  if (name === "activitypointer") return "It repeats every activity, and each kind has a table of its own.";
  const sought = answer.IsValidForAdvancedFind !== false || answer.IsCustomEntity === true;
  if (!sought && answer.IsIntersect !== true)
    return "Advanced Find does not offer it: it is the platform's own.";
  return null;
}
