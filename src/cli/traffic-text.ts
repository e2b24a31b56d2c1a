/**
 * What waits to travel to Dynamics and what moved in the last full hour, as a person reads it on a terminal.
 */
import type { EntityStatus, MovedInHour } from "../core/status.ts";
import { aligned, coloured, integer, relative } from "./words.ts";

/** A table of the entities of which something waits or moved; nothing where nothing did. */
export function trafficTable(entities: readonly EntityStatus[], now: Date): string[] {
  const rows = entities.flatMap(({ entity, wanted, pending, lastHour }) => {
    const [toMake, edits, moved] = [wanted?.waiting ?? 0, pending?.waiting ?? 0, movedText(lastHour)];
    if (toMake + edits === 0 && moved === "") return [];
    return [
      [
        entity,
        integer(toMake),
        relative(wanted?.oldestAt ?? null, now),
        integer(edits),
        relative(pending?.oldestAt ?? null, now),
        moved,
      ],
    ];
  });
  const [first] = entities;
  if (first === undefined || rows.length === 0) return [];
  const header = ["to Dynamics", "to make", "oldest", "edits", "oldest", hourText(first.lastHour.from)];
  const [head = "", ...rest] = aligned([header, ...rows], new Set([1, 3]));
  return [coloured("dim", head), ...rest];
}

/** `11:00 to 12:00 UTC`. */
function hourText(from: string): string {
  const end = new Date(Date.parse(from) + 3_600_000).toISOString();
  return `${from.slice(11, 16)} to ${end.slice(11, 16)} UTC`;
}

function movedText({ created, updated, deleted, pushed, made }: MovedInHour): string {
  const parts: readonly (readonly [number, string])[] = [
    [created, "created"],
    [updated, "updated"],
    [deleted, "deleted"],
    [pushed, "pushed"],
    [made, "made in Dynamics"],
  ];
  return parts.flatMap(([count, word]) => (count === 0 ? [] : [`${integer(count)} ${word}`])).join(", ");
}
