import type { NoticeChannel } from "../core/notice.ts";
import type { DueNotice } from "../core/notice-tellings.ts";

/** A way to tell people notices where they are. */
export interface NoticePost {
  readonly channel: NoticeChannel;
  /**
   * Tells all of them in one message. When it returns, the other side has taken it.
   * @throws PostError when it has not, or nobody knows
   */
  send(due: readonly DueNotice[], at: string, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** Why a message was not taken, in words that hold neither secrets nor addresses. */
export class PostError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "PostError";
  }
}
