/**
 * The observer of a running Tandem: facts for the log, spans for OpenTelemetry, counts for Prometheus.
 */
import type { Observer } from "../core/observer.ts";
import { addFacts, withFacts } from "./current-facts.ts";
import type { Metrics } from "./metrics.ts";
import { inSpan, noteInSpan } from "./spans.ts";

/** @param metrics absent where nobody will read them */
export function openObserver(metrics?: Metrics): Observer {
  return {
    during: (part, work) => withFacts(part.facts, () => inSpan(part, work)),
    note(facts) {
      addFacts(facts);
      noteInSpan(facts);
    },
    moved: (moved) => metrics?.moved(moved),
    requested: (status, seconds) => metrics?.requested(status, seconds),
    waits: (code, seconds) => metrics?.waits(code, seconds),
    cycled: (outcome, seconds) => metrics?.cycled(outcome, seconds),
  };
}
