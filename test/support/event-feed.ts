import type { EventFeed, EventPage, EventQuery } from "../../src/core/event-port.ts";
import type { EventCursor, PlacedEvent, TandemEvent } from "../../src/core/event.ts";
import { afterActivity } from "../../src/core/event.ts";
import { guid } from "./entity.ts";

/** A feed in memory, an event an activity, that notes how it is read. */
export class ScriptedFeed implements EventFeed {
  readonly events: PlacedEvent[] = [];
  readonly queries: EventQuery[] = [];
  /** How often its end was looked at. */
  looks = 0;
  failure: Error | null = null;

  tell(...types: readonly string[]): void {
    for (const type of types) {
      const activity = String(this.events.length + 1);
      this.events.push({
        cursor: { activity, place: 1 },
        event: { ...EVENT, id: `${activity}-event`, type },
      });
    }
  }

  async read(query: EventQuery): Promise<EventPage> {
    this.queries.push(query);
    if (this.failure !== null) throw this.failure;
    const { after, most, types, tables } = query;
    const ahead = this.events.filter(({ cursor }) => Number(cursor.activity) > Number(after.activity));
    const wanted = ahead.filter(
      ({ event }) => (types?.includes(event.type) ?? true) && (tables?.includes(event.subject.table) ?? true),
    );
    const events = wanted.slice(0, most);
    const more = wanted.length > most;
    const last = more ? events.at(-1) : ahead.at(-1);
    return { events, cursor: last?.cursor ?? after, more };
  }

  async end(): Promise<EventCursor> {
    this.looks += 1;
    if (this.failure !== null) throw this.failure;
    return afterActivity(String(this.events.length));
  }
}

const EVENT: TandemEvent = {
  id: "1-event",
  type: "person.changed",
  at: "2026-11-24T06:00:00.000Z",
  subject: { table: "people", row: "17", crmId: guid(1), entity: "contact" },
  people: ["17"],
  changes: { last_name: { from: "Lee", to: "Li" } },
  origin: "dynamics",
  rule: null,
  code: null,
  detail: null,
};
