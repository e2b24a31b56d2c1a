import { replayFixture } from "./replay.ts";

/** Preconditions, upserts, updates and creates as Microsoft's documents show them. */
replayFixture("conditional-operations");
