import type { Notice, NoticeDesk, NoticeList } from "../../src/core/notice.ts";

/** A desk with the notices it was given, which notes what was seen. */
export class ScriptedNotices implements NoticeDesk {
  listed: readonly Notice[] = [];
  readonly seen: string[] = [];

  async list(): Promise<NoticeList> {
    const notices = this.listed.map((notice) =>
      this.seen.includes(notice.id) ? { ...notice, seenAt: "2026-11-24T12:00:00.000Z" } : notice,
    );
    return { unseen: notices.filter(({ seenAt }) => seenAt === null).length, notices };
  }

  async see(ids: readonly string[]): Promise<number> {
    const known = ids.filter((id) => this.listed.some((notice) => notice.id === id));
    this.seen.push(...known);
    return known.length;
  }
}
