import type { Responsible } from "../../../src/core/errors.ts";
import type { ConnectionStatus, EntityStatus, Trouble } from "../../../src/core/status.ts";

/** One cause, with everything it holds up. */
export interface TroubleGroup {
  readonly code: Trouble["code"];
  readonly message: string;
  readonly remedy: string;
  readonly who: Responsible;
  /** When the first of them began. */
  readonly since: string;
  /** Labels of the entities; empty when it is the whole connection's. */
  readonly entities: readonly string[];
  /** `stops`: something does not flow because of it. `hampers`: all flows, less well than it could. */
  readonly weight: "stops" | "hampers";
}

/** The troubles of a connection by cause: its own first, then what stops something, then what hampers. */
export function groupTroubles(connection: ConnectionStatus): readonly TroubleGroup[] {
  const groups = new Map<string, TroubleGroup>();
  for (const entity of connection.entities) {
    if (entity.trouble === null || isSame(entity.trouble, connection.trouble)) continue;
    const key = `${entity.trouble.code}/${entity.state}`;
    groups.set(key, withEntity(groups.get(key), entity, entity.trouble));
  }
  const grouped = [...groups.values()].sort((a, b) => rank(a) - rank(b));
  return connection.trouble === null ? grouped : [ownTrouble(connection, connection.trouble), ...grouped];
}

function ownTrouble(connection: ConnectionStatus, trouble: Trouble): TroubleGroup {
  return { ...trouble, entities: [], weight: connection.state === "attention" ? "stops" : "hampers" };
}

function withEntity(group: TroubleGroup | undefined, entity: EntityStatus, trouble: Trouble): TroubleGroup {
  if (group === undefined) {
    const weight = entity.state === "set-aside" ? "stops" : "hampers";
    return { ...trouble, entities: [entity.label], weight };
  }
  const since = trouble.since < group.since ? trouble.since : group.since;
  return { ...group, since, entities: [...group.entities, entity.label] };
}

function isSame(trouble: Trouble, other: Trouble | null): boolean {
  return trouble.code === other?.code && trouble.message === other.message;
}

function rank({ weight, who }: TroubleGroup): number {
  return (weight === "stops" ? 0 : 2) + (who === "nobody" ? 1 : 0);
}
