import { replayFixture } from "./replay.ts";

/** N:N relationships, memberships and records made from others, as Microsoft's documents show them. */
replayFixture("memberships");
