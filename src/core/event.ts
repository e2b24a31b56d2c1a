/**
 * What a program outside hears of what happened: events, made from activities by a list of rules.
 */
import type { ActivityKind, FieldChange } from "./activity.ts";

/** What the row of an activity is. Users, teams and custom entities are records. */
export type EventSubject = "person" | "company" | "opportunity" | "record";

/** One activity of the kind makes one event of the type. */
export interface EventRule {
  /** Never given to another rule: cursors have it. Events of one activity come in this order. */
  readonly place: number;
  readonly type: string;
  readonly kind: ActivityKind;
  /** Null for whatever the row is. */
  readonly subject: EventSubject | null;
  /** At least one of these columns must have changed, and only these are told; null for all. */
  readonly columns: readonly string[] | null;
}

const rule = (
  place: number,
  type: string,
  about: {
    readonly kind: ActivityKind;
    readonly subject?: EventSubject;
    readonly columns?: readonly string[];
  },
) => ({ place, type, kind: about.kind, subject: about.subject ?? null, columns: about.columns ?? null });

const OWNER = ["owner_crm_id", "owner_crm_type"];

/** The same list is in the table `event_rules`: who adds one here adds it there, by a migration. */
export const EVENT_RULES: readonly EventRule[] = [
  rule(1, "person.created", { kind: "created", subject: "person" }),
  rule(2, "person.changed", { kind: "changed", subject: "person" }),
  rule(3, "person.deleted", { kind: "deleted", subject: "person" }),
  rule(4, "person.restored", { kind: "restored", subject: "person" }),
  rule(5, "person.synced", { kind: "pushed", subject: "person" }),
  rule(6, "person.synced", { kind: "created-in-dynamics", subject: "person" }),
  rule(7, "person.linked", { kind: "linked", subject: "person" }),
  rule(8, "person.unlinked", { kind: "unlinked", subject: "person" }),
  rule(9, "person.qualified", { kind: "qualified", subject: "person" }),
  rule(10, "person.merged", { kind: "merged", subject: "person" }),
  rule(11, "company.created", { kind: "created", subject: "company" }),
  rule(12, "company.changed", { kind: "changed", subject: "company" }),
  rule(13, "company.deleted", { kind: "deleted", subject: "company" }),
  rule(14, "company.restored", { kind: "restored", subject: "company" }),
  rule(15, "opportunity.added", { kind: "created", subject: "opportunity" }),
  rule(16, "opportunity.updated", { kind: "changed", subject: "opportunity" }),
  rule(17, "opportunity.removed", { kind: "deleted", subject: "opportunity" }),
  rule(18, "opportunity.added", { kind: "restored", subject: "opportunity" }),
  rule(19, "record.created", { kind: "created", subject: "record" }),
  rule(20, "record.changed", { kind: "changed", subject: "record" }),
  rule(21, "record.deleted", { kind: "deleted", subject: "record" }),
  rule(22, "record.restored", { kind: "restored", subject: "record" }),
  rule(23, "owner.changed", { kind: "changed", columns: OWNER }),
  rule(24, "owner.changed", { kind: "restored", columns: OWNER }),
  rule(25, "conflict", { kind: "conflict" }),
  rule(26, "kept-apart", { kind: "kept-apart" }),
  rule(27, "refused", { kind: "refused" }),
  rule(28, "owner.assigned", { kind: "owner-changed" }),
  rule(29, "task.created", { kind: "task-created" }),
  rule(30, "delete.asked", { kind: "delete-asked" }),
  rule(34, "campaign.added", { kind: "campaign-added", subject: "person" }),
  rule(35, "campaign.removed", { kind: "campaign-removed", subject: "person" }),
];

/** Every type there is, in the order of the rules. */
export const EVENT_TYPES: readonly string[] = [...new Set(EVENT_RULES.map(({ type }) => type))];

/** An activity as the feed reads it. */
export interface ToldActivity {
  readonly id: string;
  /** ISO 8601, UTC: when its transaction began. */
  readonly at: string;
  readonly entity: string;
  readonly table: string;
  readonly rowId: string;
  readonly crmId: string | null;
  readonly kind: string;
  readonly origin: "dynamics" | "marketing" | "sync";
  readonly changes: Readonly<Record<string, FieldChange>>;
  readonly rule: string | null;
  readonly code: string | null;
  readonly detail: string | null;
  /** Rows of people it is about: the person, who has a part in the opportunity, who is at an end of the connection. */
  readonly people: readonly string[];
}

export interface TandemEvent {
  /** The same however often it is told; without a full stop, which signatures reserve. */
  readonly id: string;
  readonly type: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly subject: {
    readonly table: string;
    readonly row: string;
    /** Record of Dynamics, where there is one. */
    readonly crmId: string | null;
    readonly entity: string;
  };
  readonly people: readonly string[];
  readonly changes: Readonly<Record<string, FieldChange>>;
  readonly origin: ToldActivity["origin"];
  readonly rule: string | null;
  readonly code: string | null;
  readonly detail: string | null;
}

/** An event with the cursor that goes on after it. */
export interface PlacedEvent {
  readonly cursor: EventCursor;
  readonly event: TandemEvent;
}

/** A place in the feed: everything up to this rule of this activity was told. */
export interface EventCursor {
  readonly activity: string;
  readonly place: number;
}

export const FEED_BEGIN: EventCursor = { activity: "0", place: 0 };

/** The place after all events of an activity, and of every one before it. */
export function afterActivity(activity: string): EventCursor {
  return { activity, place: LAST_PLACE };
}

const LAST_PLACE = 999;

/** For clients an opaque text. */
export function cursorText({ activity, place }: EventCursor): string {
  return `${activity}-${place}`;
}

/** Null when the text is no cursor. */
export function readCursor(text: string): EventCursor | null {
  const [, activity, place] = /^(\d{1,18})-(\d{1,3})$/.exec(text) ?? [];
  return activity === undefined ? null : { activity, place: Number(place) };
}

/** The events an activity makes, in order; often none or one. */
export function eventsOf(activity: ToldActivity): readonly PlacedEvent[] {
  if (activity.kind === "changed" && Object.keys(activity.changes).every((column) => column === MODIFIED))
    return [];
  const subject = SUBJECTS.get(activity.table) ?? "record";
  return EVENT_RULES.flatMap((one): PlacedEvent[] => {
    if (one.kind !== activity.kind || (one.subject ?? subject) !== subject) return [];
    const changes = one.columns === null ? activity.changes : only(activity.changes, one.columns);
    if (one.columns !== null && Object.keys(changes).length === 0) return [];
    return [
      { cursor: { activity: activity.id, place: one.place }, event: eventOf(activity, one.type, changes) },
    ];
  });
}

/** Nobody's news when it changes alone: our own write comes home with a new time of modification. */
const MODIFIED = "crm_modified_at";

const SUBJECTS: ReadonlyMap<string, EventSubject> = new Map([
  ["people", "person"],
  ["companies", "company"],
  ["opportunities", "opportunity"],
]);

function eventOf(activity: ToldActivity, type: string, changes: TandemEvent["changes"]): TandemEvent {
  const { id, at, entity, table, rowId, crmId, people, origin, rule: by, code, detail } = activity;
  return {
    id: `${id}-${type.replaceAll(".", "-")}`,
    type,
    at,
    subject: { table, row: rowId, crmId, entity },
    people,
    changes,
    origin,
    rule: by,
    code,
    detail,
  };
}

function only(changes: TandemEvent["changes"], columns: readonly string[]): TandemEvent["changes"] {
  return Object.fromEntries(Object.entries(changes).filter(([column]) => columns.includes(column)));
}

/** Kinds of activities that can make events of these types; null for all kinds. */
export function kindsFor(types: readonly string[] | null): readonly string[] | null {
  if (types === null) return null;
  return [...new Set(EVENT_RULES.filter(({ type }) => types.includes(type)).map(({ kind }) => kind))];
}
