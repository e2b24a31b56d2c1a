import { replayFixture } from "./replay.ts";

/** The exchange of Microsoft's document on change tracking. */
replayFixture("change-tracking");
