import { createHash } from "node:crypto";
import type { NoticeChannel } from "../core/notice.ts";
import type { DueNotice } from "../core/notice-tellings.ts";

/**
 * Names what is told: the same however often it is sent until that is noted, so that whoever gets it can tell a
 * repetition from a reminder.
 */
export function tellingId(due: readonly DueNotice[], channel: NoticeChannel): string {
  const told = due.map(({ notice: { id, grownAt, told: before } }) => [
    id,
    grownAt,
    before.find((one) => one.channel === channel)?.at,
  ]);
  return createHash("sha256").update(JSON.stringify(told)).digest("hex").slice(0, 32);
}
