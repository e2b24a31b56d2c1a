import { replayFixture } from "./replay.ts";

/** CreateMultiple and its kind as Microsoft's document shows them, where accounts do without. */
replayFixture("bulk-operations", ({ settings }) => settings.withoutMultiple.push("account"));
