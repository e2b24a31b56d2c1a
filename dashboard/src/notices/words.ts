import type { Notice } from "../../../src/core/notice.ts";
import type { IconName } from "../components/icon.tsx";
import type { Tone } from "../status/words.ts";

/** How a notice looks. */
export interface NoticeLook {
  readonly tone: Tone;
  readonly icon: IconName;
}

/** Good news, something that waits for a person, something that passes by itself, or something that has passed. */
export function lookOf(notice: Notice): NoticeLook {
  if (standingOf(notice) === "passed") return { tone: "off", icon: "check" };
  if (notice.who === "nobody") {
    return notice.closedAt === null ? { tone: "waiting", icon: "wait" } : { tone: "well", icon: "check" };
  }
  if (notice.kind === "decisions-wait" || notice.closedAt !== null) return { tone: "waiting", icon: "alert" };
  return { tone: "attention", icon: "alert" };
}

/** `lasts`, `passed` after it had lasted, or `happened`: it was over as soon as it was told. */
export function standingOf({ openedAt, closedAt }: Notice): "lasts" | "passed" | "happened" {
  if (closedAt === null) return "lasts";
  return closedAt === openedAt ? "happened" : "passed";
}

/** `Not told by mail: the mail server does not answer.` */
export function untoldOf({ told }: Notice): readonly string[] {
  return told.flatMap(({ channel, error }) => (error === null ? [] : [`Not told by ${channel}: ${error}`]));
}
