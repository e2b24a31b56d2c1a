import { replayFixture } from "./replay.ts";

/** Aggregates and FetchXML as Microsoft's documents show them. */
replayFixture("aggregate-and-fetch");
