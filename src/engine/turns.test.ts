import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Turn, TurnTaker } from "./turns.ts";
import { takeTurns } from "./turns.ts";

/** A script of a taker: `w` a page of a whole read, `c` a page of changes; what is left when it ends. */
interface Script {
  readonly name: string;
  /** Pages to come; the read is whole while the next page is. */
  pages: string;
  /** Takes no further part once it has nothing left. */
  readonly drops?: boolean;
}

class Scripted implements TurnTaker {
  readonly script: Script;
  closed = false;

  constructor(script: Script) {
    this.script = script;
  }

  get whole(): boolean {
    return this.script.pages.startsWith("w");
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

interface Play {
  readonly wholeReads?: number;
  readonly livePollMs?: number;
  /** Told before a turn; may add pages to any script. */
  readonly before?: (name: string, at: number) => void;
}

/** Plays the scripts, a millisecond a turn, and returns whose turns they were, in order. */
async function play(scripts: readonly Script[], how: Play = {}): Promise<string> {
  const { wholeReads = 2, livePollMs = 1_000_000, before = () => undefined } = how;
  let now = 0;
  let order = "";
  const turn = async (taker: Scripted): Promise<Turn> => {
    const { script } = taker;
    before(script.name, now);
    now += 1;
    order += script.name;
    script.pages = script.pages.slice(1);
    if (script.pages !== "") return "again";
    return script.drops === true ? "drop" : "end";
  };
  const takers = scripts.map((script) => new Scripted(script));
  await takeTurns(takers, { settings: { livePollMs, wholeReads }, clock: { now: () => now }, turn });
  return order;
}

describe("turns", () => {
  test("are a page each among those that follow changes", async () => {
    expect(
      await play([
        { name: "a", pages: "ccc" },
        { name: "b", pages: "c" },
        { name: "c", pages: "cc" },
      ]),
    ).toBe("abcaca");
  });

  test("go to changes before whole reads, whatever their order (P36)", async () => {
    expect(
      await play([
        { name: "w", pages: "ww" },
        { name: "c", pages: "ccc" },
      ]),
    ).toBe("cccww");
  });

  test("alternate between as many whole reads as are allowed, in the given order", async () => {
    const scripts = (): Script[] => ["x", "y", "z"].map((name) => ({ name, pages: "www", drops: true }));
    expect(await play(scripts(), { wholeReads: 2 })).toBe("xyxyxyzzz");
    expect(await play(scripts(), { wholeReads: 1 })).toBe("xxxyyyzzz");
  });

  test("are over at once when nobody takes part", async () => {
    expect(await play([])).toBe("");
  });

  test("end for one that drops out while the others go on", async () => {
    expect(
      await play([
        { name: "a", pages: "c", drops: true },
        { name: "b", pages: "ccc" },
      ]),
    ).toBe("abbb");
  });

  test("count a read that becomes whole in mid-walk among the whole ones", async () => {
    const lost: Script = { name: "l", pages: "cwwc" };
    expect(await play([lost, { name: "a", pages: "ccc" }, { name: "w", pages: "ww" }])).toBe("laaalwlwl");
  });

  test("never let more whole reads be under way than allowed, though more become whole in mid-walk", async () => {
    const scripts = ["a", "b", "c"].map((name) => ({ name, pages: "cww", drops: true }));
    expect(await play(scripts, { wholeReads: 1 })).toBe("abcaabbcc");
  });
});

describe("changes that come during a long whole read", () => {
  const whole = { name: "w", pages: "wwwwww", drops: true };

  test("are read again as often as asked", async () => {
    const order = await play([{ name: "c", pages: "c" }, { ...whole }], { livePollMs: 3 });
    expect(order).toBe("cwwcwwcwwc");
  });

  test("are read to their end before the whole read goes on", async () => {
    const live: Script = { name: "c", pages: "c" };
    const before = (name: string, at: number): void => {
      if (name === "w" && at === 4) live.pages = "ccc";
    };
    expect(await play([live, { ...whole }], { livePollMs: 5, before })).toBe("cwwwwcccwwc");
  });

  test("do not shut the whole read out, though reading them takes longer than the time between", async () => {
    const slow: Script = { name: "c", pages: "c" };
    const order = await play([slow, { ...whole }], { livePollMs: 1 });
    expect(order).toBe("cwcwcwcwcwcwc");
  });

  test("are not asked for by whoever dropped out", async () => {
    const order = await play([{ name: "c", pages: "c", drops: true }, { ...whole }], { livePollMs: 1 });
    expect(order).toBe("cwwwwww");
  });
});

test("a read that says it is at its end and stays whole does not keep the turns going for ever", async () => {
  let turns = 0;
  const stuck: TurnTaker = { whole: true, close: async () => undefined };
  await takeTurns([stuck], {
    settings: { livePollMs: 1_000_000, wholeReads: 1 },
    clock: { now: () => 0 },
    turn: async () => {
      turns += 1;
      if (turns > 100) throw new Error("never ends");
      return "end";
    },
  });
  expect(turns).toBe(1);
});

test("an error that concerns everyone ends the turns", async () => {
  const taker: TurnTaker = { whole: false, close: async () => undefined };
  const rules = {
    settings: { livePollMs: 1, wholeReads: 1 },
    clock: { now: () => 0 },
    turn: () => Promise.reject(new Error("signed out")),
  };
  await expect(takeTurns([taker], rules)).rejects.toThrow("signed out");
});

test("every page gets its turn, whatever the scripts, and none gets one after its end", async () => {
  const pages = fc
    .array(fc.constantFrom("w", "c"), { minLength: 1, maxLength: 6 })
    .map((all) => all.join(""));
  await fc.assert(
    fc.asyncProperty(
      fc.array(pages, { maxLength: 5 }),
      fc.integer({ min: 1, max: 3 }),
      async (all, wholeReads) => {
        const scripts = all.map((script, at) => ({ name: String(at), pages: script, drops: true }));
        const order = await play(scripts, { wholeReads });
        for (const [at, script] of all.entries()) {
          expect(order.split(String(at)).length - 1).toBe(script.length);
        }
      },
    ),
  );
});
