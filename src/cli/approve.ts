/**
 * `tandem approve`: a person lets deletes pass that the mass-change guard holds.
 */
import type { Command } from "commander";
import type { Approved } from "../core/sync-desk.ts";
import type { Tandem } from "./tandem.ts";
import { integer } from "./words.ts";

export interface ApproveParts {
  readonly tandem: Pick<Tandem, "runs">;
  readonly signal: AbortSignal;
  readonly write: (text: string) => void;
}

export function addApprove(program: Command, { tandem, signal, write }: ApproveParts): void {
  program
    .command("approve")
    .description("let the deletes of an entity pass that the mass-change guard holds now; look at them first")
    .argument("<entity...>", "logical names")
    .option("--json", "machine-readable output")
    .action(async (entities: readonly string[], { json = false }: { readonly json?: boolean }) => {
      const approved = await tandem.runs(async (desk) => {
        const all: Approved[] = [];
        for (const id of await desk.connections()) all.push(...(await desk.approve(id, entities)));
        return all;
      }, signal);
      if (json) write(`${JSON.stringify(approved)}\n`);
      else for (const each of approved) write(`${approvedText(each)}\n`);
    });
}

function approvedText({ entity, fromDynamics, toDynamics }: Approved): string {
  if (fromDynamics + toDynamics === 0) return `${entity}: the guard holds nothing.`;
  const ways = [
    ...(fromDynamics === 0 ? [] : [`${deletes(fromDynamics)} of Dynamics`]),
    ...(toDynamics === 0 ? [] : [`${deletes(toDynamics)} of marketing, on the way to Dynamics,`]),
  ];
  return `${entity}: ${ways.join(" and ")} may pass with the next cycle; more than that are held again.`;
}

function deletes(count: number): string {
  return `${integer(count)} ${count === 1 ? "delete" : "deletes"}`;
}
