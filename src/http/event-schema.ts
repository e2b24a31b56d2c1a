/**
 * An event as the API and webhooks tell it.
 */
import { z } from "zod";
import type { PlacedEvent } from "../core/event.ts";
import { EVENT_TYPES, cursorText } from "../core/event.ts";

const cell = z
  .union([z.string(), z.array(z.string()), z.null()])
  .describe("Canonical text of the column's type, a list of such, or null");

export const eventSchema = z.object({
  id: z.string().describe("The same however often the event is told"),
  cursor: z.string().describe("Goes on after this event"),
  type: z.string().describe(EVENT_TYPES.join(", ")),
  at: z.iso.datetime().describe("When its transaction began; UTC"),
  subject: z.object({
    table: z.string(),
    row: z.string(),
    crmId: z.string().nullable().describe("Record of Dynamics, where there is one"),
    entity: z.string().describe("Logical name in Dynamics"),
  }),
  people: z.array(z.string()).describe("Rows of people it is about"),
  changes: z
    .record(z.string(), z.object({ from: cell, to: cell, lost: cell.optional() }))
    .describe("By column; `lost` is the value that was given up in a conflict"),
  origin: z.enum(["dynamics", "marketing", "sync"]).describe("Where it came from"),
  rule: z.string().nullable().describe("The rule that decided, where one did"),
  code: z.string().nullable().describe("Of a refusal: a code of docs/operations.md"),
  detail: z.string().nullable(),
});

export type WireEvent = z.infer<typeof eventSchema>;

export function wireEvent({ cursor, event }: PlacedEvent): WireEvent {
  return eventSchema.parse({ cursor: cursorText(cursor), ...event });
}
