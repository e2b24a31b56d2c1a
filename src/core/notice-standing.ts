/**
 * Notices of what lasts: one for each cause, with everything it holds up.
 */
import { ERROR_CODES } from "./errors.ts";
import type { ErrorCode, Responsible } from "./errors.ts";
import type { NoticeDraft, NoticeKind } from "./notice.ts";
import type { OpenNotice, SeenConnection, SeenEntity, SeenTrouble } from "./notice-snapshot.ts";
import { listed, many, moment } from "./notice-words.ts";

/** Notes a trouble, and tells whether it has lasted for so long. */
export type Lasts = (kind: "stopped" | "stuck", subject: string, graceMs: number) => boolean;

/** What stops a whole connection and is over within this is a blip. */
export const STOPPED_AFTER_MS = 5 * 60_000;

/** What holds one entity up and passes by itself is no news before this: the rest flows meanwhile. */
export const STUCK_AFTER_MS = 60 * 60_000;

export function standingNotices(
  connection: SeenConnection,
  open: readonly OpenNotice[],
  lasts: Lasts,
): readonly NoticeDraft[] {
  return [
    ...stopped(connection, open, lasts),
    ...troubles(connection, open, lasts),
    ...fieldsAside(connection),
    ...undecided(connection),
  ];
}

function stopped(
  { id, name, url, paused, trouble }: SeenConnection,
  open: readonly OpenNotice[],
  lasts: Lasts,
): readonly NoticeDraft[] {
  if (trouble === null || paused) return [];
  const subject = String(id);
  const lasted = lasts("stopped", subject, STOPPED_AFTER_MS);
  const before = open.find((notice) => notice.kind === "sync-stopped" && notice.subject === subject);
  if (!lasted && before === undefined) return [];
  const { remedy, who } = ERROR_CODES[trouble.code];
  return [
    {
      kind: "sync-stopped",
      subject,
      over: false,
      title: `The sync with Dynamics has stopped: ${trouble.code}.`,
      body: [
        trouble.message,
        `Connection ${name} (${url}), since ${moment(trouble.since)}.`,
        "Nothing is lost: it goes on where it stopped, by itself, as soon as it can.",
      ].join("\n"),
      remedy,
      who,
      count: 1,
      // Each further reason is told once, not each time that two of them take turns.
      parts: [...new Set([...(before?.parts ?? []), trouble.code])],
    },
  ];
}

/** One trouble of one entity, on the way it concerns. */
interface Held {
  readonly entity: SeenEntity;
  readonly trouble: SeenTrouble;
  readonly way: "read" | "write";
}

function troubles(
  connection: SeenConnection,
  open: readonly OpenNotice[],
  lasts: Lasts,
): readonly NoticeDraft[] {
  const groups = new Map<string, Held[]>();
  for (const held of heldUp(connection)) {
    const { kind, subject } = causeOf(connection.id, held);
    const { entity, trouble, way } = held;
    const told = open.some(
      (notice) =>
        notice.kind === kind && notice.subject === subject && notice.parts.includes(held.entity.name),
    );
    const passes = ERROR_CODES[trouble.code].who === "nobody";
    const lasted = !passes || lasts("stuck", `${entity.id}/${way}`, STUCK_AFTER_MS);
    if (lasted || told) groups.set(subject, [...(groups.get(subject) ?? []), held]);
  }
  return [...groups].flatMap(([subject, group]) => {
    const [first] = group;
    return first === undefined ? [] : [groupNotice(subject, first, group)];
  });
}

function heldUp({ entities }: SeenConnection): readonly Held[] {
  return entities.flatMap((entity) => {
    const { paused, trouble, pushTrouble } = entity;
    if (paused) return [];
    return [
      ...(trouble === null ? [] : [{ entity, trouble, way: "read" as const }]),
      ...(pushTrouble === null ? [] : [{ entity, trouble: pushTrouble, way: "write" as const }]),
    ];
  });
}

function causeOf(
  connection: number,
  { trouble: { code }, way }: Held,
): { readonly kind: NoticeKind; readonly subject: string } {
  return { kind: kindOf(code, way), subject: `${connection}/${way}/${code}` };
}

function kindOf(code: ErrorCode, way: Held["way"]): NoticeKind {
  if (code === "mass_change") return "deletes-held";
  if (code === "permission_missing" || code === "write_permission_missing") return "permission-lost";
  return way === "read" ? "entity-set-aside" : "edits-stopped";
}

function groupNotice(subject: string, { trouble, way }: Held, group: readonly Held[]): NoticeDraft {
  const { code } = trouble;
  const kind = kindOf(code, way);
  const { remedy, who } = ERROR_CODES[code];
  const since = group.map((held) => held.trouble.since).reduce((a, b) => (a < b ? a : b));
  const messages = [...new Set(group.map((held) => held.trouble.message))];
  return {
    kind,
    subject,
    over: false,
    title: titleOf(kind, way, listed(group.map(({ entity }) => entity.label))),
    body: [...messages, `Since ${moment(since)} (${code}). ${REST[way]}`].join("\n"),
    remedy,
    who,
    count: group.length,
    parts: group.map(({ entity }) => entity.name),
  };
}

const REST: Readonly<Record<Held["way"], string>> = {
  read: "Everything else flows; what was copied stays as it is.",
  write: "Reading goes on, and the edits are kept until they can travel.",
};

function titleOf(kind: NoticeKind, way: Held["way"], entities: string): string {
  if (kind === "deletes-held") {
    const side = way === "read" ? "from Dynamics" : "from marketing";
    return `The guard holds deletes ${side}: ${entities}.`;
  }
  if (kind === "permission-lost") return `Tandem may not ${way} ${entities}.`;
  return kind === "entity-set-aside"
    ? `Set aside, because it cannot be read: ${entities}.`
    : `Edits do not reach Dynamics: ${entities}.`;
}

/** More are not spelled out. */
const SHOWN = 10;

function fieldsAside({ id, entities }: SeenConnection): readonly NoticeDraft[] {
  return entities.flatMap(({ name, label, setAside }) => {
    const parts = setAside.map(({ attribute }) => attribute);
    if (parts.length === 0) return [];
    const more = parts.length - SHOWN;
    return [
      {
        kind: "field-set-aside" as const,
        subject: `${id}/${name}`,
        over: false,
        title: `${many(parts.length, "field")} of ${label} set aside: ${listed(parts)}.`,
        body: [
          ...setAside.slice(0, SHOWN).map(({ attribute, reason }) => `${attribute}: ${reason}`),
          ...(more > 0 ? [`and ${many(more, "further field")}`] : []),
          "The rest of the entity flows; the column keeps the values it has.",
        ].join("\n"),
        remedy: `Switch it off (\`tandem fields ${name} --off ${parts[0] ?? ""}\`), or put right in Dynamics or in the table what the reason names: it comes back by itself.`,
        who: "admin" satisfies Responsible,
        count: parts.length,
        parts,
      },
    ];
  });
}

function undecided({ id, undecided: count }: SeenConnection): readonly NoticeDraft[] {
  if (count === 0) return [];
  const { remedy, who } = ERROR_CODES.several_matches;
  return [
    {
      kind: "decisions-wait",
      subject: String(id),
      over: false,
      title: `${many(count, "person", "people")} ${count === 1 ? "waits" : "wait"} for somebody to decide who they are.`,
      body: "Each could be a record of Dynamics. Until it is decided nobody is linked and nobody is made twice.",
      remedy: `${remedy} \`tandem matches\` lists them.`,
      who,
      count,
      parts: [],
    },
  ];
}
