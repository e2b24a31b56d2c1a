import type { Emulator } from "../emulator.ts";
import { replayFixture } from "./replay.ts";

/** An organization in which these documents play: Ada may share but not read, and lead addresses are unique. */
function prepare({ access, organization, settings }: Emulator): void {
  const { administrator } = organization.standard;
  for (const right of ["Read", "Write", "Append", "AppendTo", "Create", "Delete", "Assign"] as const)
    access.set(administrator, "account", right, "user");
  access.set(administrator, "account", "Create", "none");
  settings.duplicateRules.push({ entity: "lead", attributes: ["emailaddress1"] });
  settings.duplicateStatus = 500;
}

/** Functions, actions, impersonation and duplicate detection as Microsoft's documents show them. */
replayFixture("functions-and-actions", prepare);
