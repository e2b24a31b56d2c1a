/**
 * The lines about one entity: whether all of it may be read, and whether its changes are tracked.
 */
import { SyncError } from "../../core/errors.ts";
import type { Entity } from "../../core/organization.ts";
import type { CheckLine } from "../../core/ports.ts";
import type { Subject } from "./check-line.ts";
import { green, red, redFault, unjudged, yellow } from "./check-line.ts";
import type { DataverseClient } from "./client.ts";
import { describeEntity } from "./describe.ts";

export function entitySubjects(name: string): { readonly privileges: Subject; readonly tracking: Subject } {
  return {
    privileges: { id: `privileges:${name}`, title: `Read access: ${name}` },
    tracking: { id: `change-tracking:${name}`, title: `Change tracking: ${name}` },
  };
}

export async function checkEntity(
  client: DataverseClient,
  name: string,
  signal: AbortSignal,
): Promise<CheckLine[]> {
  const { privileges, tracking } = entitySubjects(name);
  try {
    const entity = await describeEntity(client, name, signal);
    return [privilegesLine(privileges, entity), trackingLine(tracking, entity)];
  } catch (error) {
    return [faultLine(privileges, name, error), unjudged(tracking, privileges.title)];
  }
}

function privilegesLine(subject: Subject, { label, changeTracking }: Entity): CheckLine {
  if (changeTracking) return green(subject, `${label}: may be read in the whole organization.`);
  return yellow(
    subject,
    `${label}: may be read. Whether in the whole organization shows only where change tracking is on.`,
    "See that the security role has Read with Organization scope, or records may be missing from the copy.",
  );
}

function trackingLine(subject: Subject, entity: Entity): CheckLine {
  if (entity.changeTracking) return green(subject, `${entity.label}: changes and deletes are tracked.`);
  const found = `${entity.label}: change tracking is off, so deletes are found only by comparing, some hours later.`;
  return entity.canEnableChangeTracking
    ? yellow(
        subject,
        found,
        "In Power Apps open the table's properties, tick 'Track changes', save and publish.",
      )
    : yellow(subject, found, "Nothing to do: Dynamics does not offer change tracking for this table.");
}

function faultLine(subject: Subject, name: string, error: unknown): CheckLine {
  if (!(error instanceof SyncError)) return redFault(subject, error);
  if (error.code === "entity_missing") {
    return yellow(
      subject,
      `The organization has no table ${name}.`,
      "Install the solution that brings it, or leave it: everything else flows.",
    );
  }
  if (error.code === "permission_missing") {
    return red(
      subject,
      error.message,
      `Give the application user's security role Read on ${name} with Organization scope.`,
    );
  }
  return redFault(subject, error);
}
