/**
 * Spans of OpenTelemetry. Only its API is used: without an SDK in the process, which people bring themselves, every
 * call is empty and costs next to nothing.
 */
import { SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { SyncError } from "../core/errors.ts";
import type { Facts, Part } from "../core/observer.ts";

const TRACER = "tandem";

/** Does a part of the work in a span of its own, within the one under way. An error is told by its code, never its words. */
export function inSpan<T>({ name, facts }: Part, work: () => Promise<T>): Promise<T> {
  const kind = name === "request" || name === "transaction" ? SpanKind.CLIENT : SpanKind.INTERNAL;
  const options = { kind, attributes: attributesOf(facts) };
  return trace.getTracer(TRACER).startActiveSpan(`tandem.${name}`, options, async (span) => {
    try {
      return await work();
    } catch (error) {
      span.setAttribute("error.type", kindOf(error));
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  });
}

/** Adds to the span under way. */
export function noteInSpan(facts: Facts): void {
  trace.getActiveSpan()?.setAttributes(attributesOf(facts));
}

/** The trace under way, so that a line of the log can be found from it and it from the line. */
export function currentTrace(): { readonly trace_id?: string; readonly span_id?: string } {
  const context = trace.getActiveSpan()?.spanContext();
  return context === undefined ? {} : { trace_id: context.traceId, span_id: context.spanId };
}

/** Facts under names of our own, but for those that OpenTelemetry has a name for (a dot in it). */
function attributesOf(facts: Facts): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(facts).map(([name, value]) => [name.includes(".") ? name : `tandem.${name}`, value]),
  );
}

function kindOf(error: unknown): string {
  if (error instanceof SyncError) return error.code;
  return error instanceof Error ? error.name : typeof error;
}
