/**
 * The log: JSON lines on standard error, without secrets or personal data (promise 15). Each line carries what the work it
 * comes from is about (connection, run, entity), and the trace it belongs to.
 */
import { pino } from "pino";
import type { DestinationStream, Logger } from "pino";
import type { Settings } from "../config/settings.ts";
import type { Log } from "../engine/ports.ts";
import { currentFacts } from "../observe/current-facts.ts";
import { loggedError } from "../observe/logged-error.ts";
import { currentTrace } from "../observe/spans.ts";

export function openLog(
  wanted: Settings["TANDEM_LOG"],
  destination: DestinationStream = pino.destination({ dest: 2, sync: true }),
): { readonly logger: Logger; readonly log: Log } {
  const level = wanted ?? (process.stderr.isTTY ? "silent" : "warn");
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      mixin: () => ({ ...currentFacts(), ...currentTrace() }),
      serializers: { err: (error: unknown) => loggedError(error) },
    },
    destination,
  );
  return { logger, log: (severity, event, facts) => logger[severity](facts, event) };
}
