import { replayFixture } from "./replay.ts";

/** The batches of Microsoft's document on `$batch`. */
replayFixture("batch-operations");
