import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { BOUNDARY, DELETED, MULTIPART, batchText, done, no } from "../../../test/connectors/batch-reply.ts";
import type { Said } from "../../../test/connectors/batch-reply.ts";
import { CONTACT, guid } from "../../../test/connectors/organization.ts";
import type { Outcome, Write } from "../../core/sink-port.ts";
import { batchParts } from "./batch-answer.ts";
import { batchOutcomes } from "./batch-outcomes.ts";

const WHOLE = [done(1), no(412, "0x80060882"), DELETED, done(4)];

function writesFor(said: readonly Said[]): Write[] {
  return said.map(({ status }, place) => {
    const kind = status === 204 ? "delete" : "update";
    return { kind, id: guid(place + 1), guard: "1", values: [] };
  });
}

function outcomes(text: string, said: readonly Said[] = WHOLE, headers: object = MULTIPART): Outcome[] {
  const parts = batchParts(headers as typeof MULTIPART, text);
  return batchOutcomes(writesFor(said), CONTACT, parts, 0).map(({ outcome }) => outcome);
}

const kinds = (found: readonly Outcome[]): string[] => found.map(({ kind }) => kind);
const EXPECTED = ["written", "overtaken", "written", "written"];

describe("the answer to a batch", () => {
  it("tells of each part, with status, headers and body", () => {
    const [first, second, third] = batchParts(MULTIPART, batchText(WHOLE));
    expect(first).toMatchObject({ contentId: "1", status: 200, headers: { etag: 'W/"2001"' } });
    expect(second).toMatchObject({
      contentId: "2",
      status: 412,
      text: '{"error":{"code":"0x80060882","message":"No."}}',
    });
    expect(third).toMatchObject({ contentId: "3", status: 204, text: "" });
    expect(outcomes(batchText(WHOLE))[0]).toEqual({ kind: "written", version: "2001" });
  });

  const text = batchText(WHOLE);
  it.each<[string, string]>([
    ["line feeds only", text.replaceAll("\r\n", "\n")],
    ["a preamble and an epilogue", `Hello\r\n${text}\r\nGoodbye\r\n--${BOUNDARY}\r\n`],
    ["blanks behind the boundary", text.replaceAll(`${BOUNDARY}\r\n`, `${BOUNDARY} \t\r\n`)],
    [
      "more empty lines",
      text.replaceAll("\r\nHTTP", "\r\n\r\nHTTP").replaceAll(`--${BOUNDARY}`, `\r\n--${BOUNDARY}`),
    ],
    ["no line end at the end", text.trimEnd()],
    ["header names in lower case", text.replaceAll("Content-", "content-")],
    [
      "the number among the headers of the answer",
      text.replace("Content-ID: 1\r\n", "").replace("OData-Version", "Content-ID: 1\r\nOData-Version"),
    ],
    ["HTTP/2", text.replaceAll("HTTP/1.1", "HTTP/2")],
    ["statuses without a reason", text.replaceAll(" Some Reason", "")],
  ])("is understood with %s", (_, odd) => {
    expect(kinds(outcomes(odd))).toEqual(EXPECTED);
  });

  it("is understood with a quoted boundary, and is nothing without one", () => {
    const quoted = { "content-type": `multipart/mixed;charset=utf-8; boundary="${BOUNDARY}"` };
    expect(kinds(outcomes(text, WHOLE, quoted))).toEqual(EXPECTED);
    expect(batchParts({ "content-type": "multipart/mixed" }, text)).toEqual([]);
    expect(batchParts({}, text)).toEqual([]);
  });

  it("does not take a longer boundary for its own", () => {
    const longer = text.replace(`--${BOUNDARY}\r\n`, `--${BOUNDARY}\r\n\r\n--${BOUNDARY}x\r\n`);
    expect(kinds(outcomes(longer)).slice(1)).toEqual(EXPECTED.slice(1));
  });

  it("passes over change sets", () => {
    const nested = `--${BOUNDARY}\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n${text}\r\n--c--\r\n`;
    expect(batchParts(MULTIPART, `${nested}--${BOUNDARY}--\r\n`).length).toBeLessThanOrEqual(WHOLE.length);
  });

  it("takes time in proportion to its length", () => {
    const delimiters = `--${BOUNDARY}\r\n`.repeat(50_000);
    const glued = `--${BOUNDARY}`.repeat(50_000);
    const begun = performance.now();
    for (const hostile of [
      delimiters,
      glued,
      `\n${glued}`,
      text + "\n".repeat(1_000_000),
      " ".repeat(1_000_000),
    ]) {
      expect(kinds(outcomes(hostile)).length).toBe(4);
    }
    expect(performance.now() - begun).toBeLessThan(2000);
  });
});

describe("which part speaks of which write (P22)", () => {
  it("is told by the number, not by the order", () => {
    const turned = [done(4), DELETED, no(412, "0x80060882"), done(1)].map((said, place) => ({
      ...said,
      contentId: 4 - place,
    }));
    expect(kinds(outcomes(batchText(turned)))).toEqual(EXPECTED);
  });

  it("is told by the order when there are no numbers and nothing is missing", () => {
    const bare = WHOLE.map((said) => ({ ...said, contentId: null }));
    expect(kinds(outcomes(batchText(bare)))).toEqual(EXPECTED);
    expect(kinds(outcomes(batchText(bare.slice(1))))).toEqual(["unknown", "unknown", "unknown", "unknown"]);
  });

  it("is unknown for a write that no part speaks of, and for one that two speak of (P6)", () => {
    expect(kinds(outcomes(batchText(WHOLE.slice(0, 2))))).toEqual([
      "written",
      "overtaken",
      "unknown",
      "unknown",
    ]);
    const doubled = batchText([...WHOLE, { ...DELETED, contentId: 1 }]);
    expect(kinds(outcomes(doubled))).toEqual(["unknown", "overtaken", "written", "written"]);
    const strange = batchText([{ ...done(1), contentId: 99 }, ...WHOLE.slice(1)]);
    expect(kinds(outcomes(strange))).toEqual(["unknown", "overtaken", "written", "written"]);
  });

  it("is unknown when the record in a part is another one", () => {
    const swapped = batchText([
      { ...done(4), contentId: 1 },
      { ...done(1), contentId: 4 },
    ]);
    expect(kinds(outcomes(swapped))).toEqual(["unknown", "unknown", "unknown", "unknown"]);
  });
});

const said: fc.Arbitrary<(n: number) => Said> = fc.constantFrom(
  (n: number) => done(n),
  () => DELETED,
  () => no(412, "0x80060882"),
  () => no(400, "0x80040265", "A plug-in said no.\r\n--batchresponse_x\r\n"),
  () => no(429, "0x80072322", "Slow down.", { "Retry-After": "7" }),
);
const answers = fc
  .array(said, { minLength: 1, maxLength: 6 })
  .map((makers) => makers.map((make, place) => make(place + 1)));

describe("an answer that did not come whole", () => {
  it("never shows as written what was not wholly there: cut off", () => {
    const property = fc.property(answers, fc.double({ min: 0, max: 1, noNaN: true }), (whole, share) => {
      const text = batchText(whole);
      const cut = text.slice(0, Math.floor(text.length * share));
      const truth = outcomes(text, whole);
      const wholeParts = cut.split(`--${BOUNDARY}`).length - 2;
      for (const [place, outcome] of outcomes(cut, whole).entries()) {
        if (outcome.kind === "unknown") continue;
        expect(place).toBeLessThan(wholeParts);
        expect(outcome).toEqual(truth[place]);
      }
    });
    fc.assert(property, { numRuns: 1000 });
  });

  it("never shows as written what was not wholly there: garbled", () => {
    const damage = fc.record({
      from: fc.double({ min: 0, max: 1, noNaN: true }),
      length: fc.integer({ min: 1, max: 200 }),
      how: fc.constantFrom("overwritten", "dropped line", "noise"),
    });
    const property = fc.property(
      answers,
      fc.array(damage, { minLength: 1, maxLength: 3 }),
      (whole, damages) => {
        let text = batchText(whole);
        const truth = outcomes(text, whole);
        for (const { from, length, how } of damages) {
          const at = Math.floor(text.length * from);
          const end =
            how === "dropped line" ? text.indexOf("\n", at) + 1 || at : Math.min(text.length, at + length);
          const junk = how === "dropped line" ? "" : how === "noise" ? "\u0000ÿ\r\n" : "#".repeat(end - at);
          text = text.slice(0, at) + junk + text.slice(end);
        }
        for (const [place, outcome] of outcomes(text, whole).entries()) {
          if (outcome.kind === "written") expect(outcome).toEqual(truth[place]);
        }
      },
    );
    fc.assert(property, { numRuns: 2000 });
  });

  it("never throws, whatever the text is", () => {
    const soup = fc.array(
      fc.constantFrom(
        "--",
        BOUNDARY,
        "\r\n",
        "\n",
        " ",
        ":",
        "HTTP/1.1 204",
        "Content-Type: application/http",
        "Content-ID: 1",
        "{}",
      ),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(soup, (pieces) => {
        expect(outcomes(pieces.join(""))).toHaveLength(4);
      }),
    );
  });
});
