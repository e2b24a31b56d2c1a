/**
 * The words of what happened: a copy or a backfill that is finished, and the daily digest of failures.
 */
import { ERROR_CODES } from "./errors.ts";
import type { Responsible } from "./errors.ts";
import type { NoticeText } from "./notice.ts";
import type { FailureGroup, SeenBackfill, SeenConnection, SeenEntity } from "./notice-snapshot.ts";
import { listed, many, moment, number, span } from "./notice-words.ts";

/** The first copy of a connection, with counts and time. */
export function firstSyncText({ name, url, startedAt, entities }: SeenConnection): NoticeText {
  const copied = entities.filter(({ complete }) => complete);
  const aside = entities.filter(({ complete }) => !complete);
  const rows = copied.reduce((sum, entity) => sum + entity.rows, 0);
  const ended = copied.flatMap(({ pageAt }) => pageAt ?? []).reduce((a, b) => (a > b ? a : b), "");
  const took =
    startedAt === null || ended === ""
      ? ""
      : ` Begun ${moment(startedAt)}, finished ${moment(ended)}: ${span(Date.parse(ended) - Date.parse(startedAt))}.`;
  const without = aside.length === 0 ? [] : [`Not copied, because it waits for a person: ${labels(aside)}.`];
  return {
    title: `The first copy is finished: ${many(rows, "record")} are in marketing.`,
    body: [
      `Connection ${name} (${url}).${took}`,
      copied.map((entity) => `${entity.label} ${number(entity.rows)}`).join(", "),
      ...without,
      "From here on changes are followed.",
    ].join("\n"),
    remedy: null,
    who: "nobody",
    count: rows,
    parts: copied.map((entity) => entity.name),
  };
}

/** Entities that came after the first copy. */
export function copiedText(entities: readonly SeenEntity[]): NoticeText {
  const rows = entities.reduce((sum, entity) => sum + entity.rows, 0);
  return {
    title: `${labels(entities)} ${entities.length === 1 ? "is" : "are"} copied: ${many(rows, "record")}.`,
    body: entities
      .map(({ label, table, rows: own }) => `${label}: ${number(own)}, table ${table}`)
      .join("\n"),
    remedy: null,
    who: "nobody",
    count: rows,
    parts: entities.map(({ name }) => name),
  };
}

/** One that is finished, or one that could not be. */
export function backfillText(backfill: SeenBackfill): NoticeText {
  const { label, table, attributes, read, seconds, failure } = backfill;
  const fields = { count: attributes.length, parts: attributes };
  const came = `${many(read, "record")} read in ${span(seconds * 1000)}`;
  if (failure !== null) {
    return {
      title: `The backfill of ${label} could not be finished: ${listed(attributes)}.`,
      body: `${failure}\n${came}. Changes flow as before.`,
      remedy: "Put right what the reason names, then ask for it again: `tandem backfill`.",
      who: "admin",
      ...fields,
    };
  }
  return {
    title: `The backfill of ${label} is finished: ${listed(attributes)}.`,
    body: `${came}. The ${attributes.length === 1 ? "column" : "columns"} in ${table} ${attributes.length === 1 ? "has" : "have"} the values of Dynamics now, empty ones included.`,
    remedy: null,
    who: "nobody",
    ...fields,
  };
}

/** More causes are not spelled out. */
const CAUSES = 20;

/** What was refused and waits, by cause; the largest first. */
export function digestText(groups: readonly FailureGroup[]): NoticeText {
  const count = groups.reduce((sum, group) => sum + group.count, 0);
  const fresh = groups.reduce((sum, group) => sum + group.fresh, 0);
  const sorted = groups.toSorted((a, b) => b.count - a.count);
  const more = sorted.length - CAUSES;
  return {
    title: `${many(count, "record")} ${count === 1 ? "waits" : "wait"} to be put right, ${fresh === 0 ? "none" : number(fresh)} of them new since the last digest.`,
    body: [
      ...sorted.slice(0, CAUSES).map(causeText),
      ...(more > 0 ? [`and ${many(more, "further cause")}`] : []),
    ].join("\n\n"),
    remedy: "`tandem errors` lists every record with its reason; `tandem retry` lets them be tried again.",
    who: responsible(groups),
    count,
    parts: [],
  };
}

function causeText({ entity, table, way, code, field, count, fresh, examples }: FailureGroup): string {
  const { meaning, remedy, who } = ERROR_CODES[code];
  const where = field === null ? "" : `, field ${field}`;
  const others = count - examples.length;
  const rows =
    examples.length === 0
      ? []
      : [`Rows of ${table}: ${examples.join(", ")}${others > 0 ? ` and ${number(others)} more` : ""}`];
  return [
    `${number(count)} × ${code}: ${entity} ${way === "push" ? "to Dynamics" : "from Dynamics"}${where}${fresh > 0 ? `, ${number(fresh)} new` : ""}`,
    meaning,
    ...rows,
    `${WHO[who]}: ${remedy}`,
  ].join("\n");
}

const WHO: Readonly<Record<Responsible, string>> = {
  nobody: "Passes by itself",
  admin: "For the admin of Tandem",
  "dynamics-admin": "For the Dynamics administrator",
  editor: "For whoever edits in marketing",
};

/** Whoever has the most to put right. */
function responsible(groups: readonly FailureGroup[]): Responsible {
  const sums = new Map<Responsible, number>();
  for (const { code, count } of groups) {
    const { who } = ERROR_CODES[code];
    sums.set(who, (sums.get(who) ?? 0) + count);
  }
  return [...sums].reduce<readonly [Responsible, number]>(
    (most, sum) => (sum[1] > most[1] ? sum : most),
    ["admin", 0],
  )[0];
}

function labels(entities: readonly SeenEntity[]): string {
  return listed(entities.map(({ label }) => label));
}
