import { replayFixture } from "./replay.ts";

/** Associating and disassociating as Microsoft's document shows it. */
replayFixture("associations");
