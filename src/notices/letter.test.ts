import { expect, test } from "vitest";
import { noticeOf } from "../../test/support/notice.ts";
import { chatText, letterOf } from "./letter.ts";

const HOSTILE = `<script>alert("x")</script> & 'more'`;

test("HTML is escaped wherever words come from", () => {
  const notice = noticeOf({ title: HOSTILE, body: HOSTILE, remedy: `Run \`tandem ${HOSTILE}\`.` });
  const { html, text } = letterOf([{ notice, reminder: false }], HOSTILE);
  expect(html).not.toContain("<script>");
  expect(
    html.match(/&lt;script&gt;alert\(&quot;x&quot;\)&lt;\/script&gt; &amp; &#39;more&#39;/g),
  ).toHaveLength(4);
  expect(html).toContain("<code>tandem &lt;script&gt;");
  expect(text).toContain(HOSTILE);
});

test("what needs a person comes first, and says what to do and who must do it", () => {
  const good = noticeOf({ id: "1", kind: "backfill-finished", title: "Done.", remedy: null, who: "nobody" });
  const stop = noticeOf({
    id: "2",
    kind: "sync-stopped",
    title: "Stopped.",
    remedy: "Mend it.",
    who: "admin",
  });
  const passed = noticeOf({ id: "3", title: "It was so.", closedAt: "2026-11-24T11:30:00.000Z" });
  const due = [passed, good, stop].map((notice) => ({ notice, reminder: false }));
  const { subject, text } = letterOf(due, "marketing");
  expect(subject).toBe("[Tandem] Stopped. (and 2 more)");
  expect(text.indexOf("Stopped.")).toBeLessThan(text.indexOf("Done."));
  expect(text).toContain("For the admin of Tandem · 2026-11-24 11:00 UTC");
  expect(text).toContain("What to do: Mend it.");
  expect(chatText(due)).toBe("Stopped. Mend it.\nDone.\nOver by now: It was so.");
});

test("a reminder says that it still lasts, and what had passed before it could be told says so", () => {
  const title = "It was so.";
  const over = noticeOf({ title, closedAt: "2026-11-24T11:30:00.000Z" });
  expect(letterOf([{ notice: noticeOf({ title }), reminder: true }], "m").subject).toBe(
    "[Tandem] Still: It was so.",
  );
  const late = letterOf([{ notice: over, reminder: false }], "m");
  expect(late.subject).toBe("[Tandem] Over by now: It was so.");
  expect(late.text).toContain("2026-11-24 11:00 UTC to 2026-11-24 11:30 UTC");
  expect(late.text).not.toContain("What to do");
  const event = noticeOf({ title, closedAt: "2026-11-24T11:00:00.000Z" });
  expect(letterOf([{ notice: event, reminder: false }], "m").subject).toBe("[Tandem] It was so.");
});
