#!/usr/bin/env node
import { runUnderNode24 } from "./node24.js";

runUnderNode24(new URL("../emulators/dataverse/main.ts", import.meta.url));
