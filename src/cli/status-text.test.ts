import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import { connectionStatus, cycleStatus, entityStatus, statusOf } from "../../test/cli/status.ts";
import type { ConnectionStatus } from "../core/status.ts";
import { progressText, statusText } from "./status-text.ts";

const shown = (...connections: readonly ConnectionStatus[]): string =>
  stripVTControlCharacters(statusText(statusOf(...connections)));

describe("the status", () => {
  test("of nothing says what to do", () => {
    expect(shown()).toMatch(/^Nothing is connected yet\..*tandem connect.*tandem start/);
  });

  test("at rest is a table, the last cycle and when the next one comes", () => {
    expect(shown(connectionStatus())).toBe(
      [
        "dynamics  resting  https://org.example",
        "",
        "  entity   table   state      records   read     of  rate  left  backlog  edits  last change",
        "  contact  people  following    1,200  1,200  1,200     –     –        0      –  12 s ago",
        "",
        "  cycle 7 ended 1 min ago (done): 1 created, 2 updated, 0 deleted, 3 unchanged, 0 pushed, 1,234 requests",
        "  next cycle in 4 min",
      ].join("\n"),
    );
  });

  test("while a cycle runs has no next one, and unknown figures are dashes", () => {
    const text = shown(
      connectionStatus({
        state: "copying",
        cycle: cycleStatus({ number: 8, endedAt: null, outcome: "running" }),
        entities: [
          entityStatus({
            state: "copying",
            expected: null,
            backlog: null,
            rate: 50,
            secondsLeft: 90,
            lastChangeAt: null,
          }),
        ],
      }),
    );
    expect(text).toMatch(/copying +1,200 +1,200 +– +50\/s +1 min 30 s +– +– +–/);
    expect(text).toContain("cycle 8 began 2 min ago");
    expect(text).not.toContain("next cycle");
  });

  test("names parked records, waits and troubles, each with who must act", () => {
    const trouble = {
      code: "permission_missing",
      message: "no read on lead",
      remedy: "Give the role Read.",
      who: "dynamics-admin",
      since: "2026-11-24T05:00:00Z",
    } as const;
    const text = shown(
      connectionStatus({
        state: "attention",
        trouble: {
          ...trouble,
          code: "sign_in_failed",
          message: "expired",
          remedy: "Renew the secret.",
          who: "admin",
        },
        waiting: { until: "2026-11-24T06:00:30Z", reason: "429", attempt: 2 },
        entities: [
          entityStatus({ parked: 1_234, pending: { waiting: 56, parked: 6, oldestAt: null } }),
          entityStatus({ entity: "lead", state: "set-aside", trouble }),
        ],
      }),
    );
    expect(text).toContain("sign_in_failed: expired\n  Tandem admin: Renew the secret.");
    expect(text).toMatch(/following \(1,240 parked\).* 56 {2}12 s ago/);
    expect(text).toContain(
      "lead:\n  permission_missing: no read on lead\n  Dynamics admin: Give the role Read.",
    );
    expect(text).toContain("waiting, goes on in 30 s: 429");
  });

  test("of several connections has them apart", () => {
    expect(shown(connectionStatus(), connectionStatus({ name: "other" }))).toMatch(
      /next cycle in 4 min\n\nother {2}/,
    );
  });
});

describe("the progress line", () => {
  const line = (...entities: readonly ReturnType<typeof entityStatus>[]): string =>
    progressText(statusOf(connectionStatus({ entities })));

  test("shows what has been read, how fast, how long it takes, and what is being read", () => {
    expect(
      line(
        entityStatus(),
        entityStatus({ label: "Lead", state: "copying", rows: 800, rate: 100, backlog: 500 }),
      ),
    ).toBe("2,000 records · 100/s, 5 s left · Lead");
  });

  test("promises no time while nobody knows how much is left", () => {
    const text = line(entityStatus({ state: "copying", rate: 100, backlog: null }));
    expect(text).toBe("1,200 records · 100/s · Contact");
  });

  test("says that everything is there once it is", () => {
    expect(line(entityStatus())).toBe("1,200 records, following changes");
  });

  test("tells of edits on their way to Dynamics", () => {
    const pending = { waiting: 1_000, parked: 0, oldestAt: null };
    expect(line(entityStatus({ pending }), entityStatus())).toMatch(
      /following changes, 1,000 edits to push$/,
    );
  });

  test("names what is under way rather than what waits", () => {
    const waiting = entityStatus({ label: "Account", state: "queued", rows: 0 });
    expect(line(waiting, entityStatus({ label: "Lead", state: "comparing" }))).toMatch(/Lead$/);
    expect(line(waiting)).toMatch(/Account$/);
  });
});
