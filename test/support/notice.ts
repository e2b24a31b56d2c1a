import type { Notice } from "../../src/core/notice.ts";

/** A notice of something that lasts, but for what is given. */
export function noticeOf(given: Partial<Notice>): Notice {
  return {
    id: "1",
    kind: "permission-lost",
    subject: "1/read/permission_missing",
    title: "Tandem may not read Contacts.",
    body: "contact: the application user may not read it.",
    remedy: "Give its security role Read.",
    who: "dynamics-admin",
    count: 1,
    parts: ["contact"],
    openedAt: "2026-11-24T11:00:00.000Z",
    grownAt: "2026-11-24T11:00:00.000Z",
    closedAt: null,
    seenAt: null,
    told: [],
    ...given,
  };
}
