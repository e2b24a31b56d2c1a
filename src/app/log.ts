/**
 * The log: JSON lines on standard error, without secrets or personal data (promise 15).
 */
import { pino } from "pino";
import type { Logger } from "pino";
import type { Settings } from "../config/settings.ts";
import type { Log } from "../engine/ports.ts";
import { currentFacts } from "../observe/current-facts.ts";
import { currentTrace } from "../observe/spans.ts";

export function openLog(wanted: Settings["TANDEM_LOG"]): { readonly logger: Logger; readonly log: Log } {
  const level = wanted ?? (process.stderr.isTTY ? "silent" : "warn");
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      mixin: () => ({ ...currentFacts(), ...currentTrace() }),
    },
    pino.destination({ dest: 2, sync: true }),
  );
  return { logger, log: (severity, event, facts) => logger[severity](facts, event) };
}
