import { replayFixture } from "./replay.ts";

/** Queries, expansions and pages as Microsoft's documents show them. */
replayFixture("query-data");
