#!/usr/bin/env node
// Starts Tandem under Node 24: the one npm brought along when the machine's own is older.
import { runUnderNode24 } from "./node24.js";

runUnderNode24(new URL("../src/main.ts", import.meta.url));
