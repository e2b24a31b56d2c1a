/**
 * The Dataverse sink keeps the sink contract, against the emulator over real sockets.
 */
import { sinkContract } from "../contract/sink.ts";
import { openSinkWorld } from "./sink-world.ts";

sinkContract("Dataverse", async () => openSinkWorld(true));

sinkContract("Dataverse without UpdateMultiple", async () => openSinkWorld(false));
