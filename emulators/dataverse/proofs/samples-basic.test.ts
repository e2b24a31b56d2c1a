import { replayFixture } from "./replay.ts";

/** The basic operations that Microsoft publishes as a sample, from fixtures of our own. */
replayFixture("basic-operations");
