/**
 * What a cycle did, added up a turn at a time.
 */
import type { CycleCounts } from "../core/store-port.ts";

export const NO_COUNTS: CycleCounts = {
  pages: 0,
  created: 0,
  updated: 0,
  deleted: 0,
  unchanged: 0,
  pushed: 0,
  refused: 0,
  requests: 0,
};

/** The counts with more of some of them. Requests are counted by the source, not by turns. Pure. */
export function counted(counts: CycleCounts, more: Partial<CycleCounts>): CycleCounts {
  const sum = (name: keyof CycleCounts): number => counts[name] + (more[name] ?? 0);
  return {
    pages: sum("pages"),
    created: sum("created"),
    updated: sum("updated"),
    deleted: sum("deleted"),
    unchanged: sum("unchanged"),
    pushed: sum("pushed"),
    refused: sum("refused"),
    requests: 0,
  };
}
