/**
 * `UpdateMultiple`: many updates of one entity in one transaction, where the organization offers it.
 */
import { isTransient, SyncError } from "../../core/errors.ts";
import type { Entity } from "../../core/organization.ts";
import type { Command, DataverseClient } from "./client.ts";
import { readCollection } from "./records.ts";
import type { Prepared } from "./write-command.ts";
import { JSON_BODY } from "./write-command.ts";

/** One transaction for all: either every record is updated, or none. The answer tells no versions. */
export function updateMultiple({ name, set, primaryId }: Entity, group: readonly Prepared[]): Command {
  const type = `"@odata.type":"Microsoft.Dynamics.CRM.${name}"`;
  const targets = group.map(
    ({ write, members }) => `{${[type, `"${primaryId}":${JSON.stringify(write.id)}`, ...members].join(",")}}`,
  );
  return {
    method: "POST",
    path: `${set}/Microsoft.Dynamics.CRM.UpdateMultiple`,
    headers: { "content-type": JSON_BODY },
    body: `{"Targets":[${targets.join(",")}]}`,
  };
}

/** Which entities offer `UpdateMultiple`: not all standard tables do, and no server on-premises. */
export class BulkOffers {
  readonly #client: DataverseClient;
  readonly #offered = new Map<string, boolean>();

  constructor(client: DataverseClient) {
    this.#client = client;
  }

  /** Asks once for each entity. Who cannot be asked does not offer it, for now. @throws SyncError `stopped`, … */
  async has(entity: string, signal: AbortSignal): Promise<boolean> {
    const known = this.#offered.get(entity);
    if (known !== undefined) return known;
    try {
      const offered = await this.#ask(entity, signal);
      this.#offered.set(entity, offered);
      return offered;
    } catch (error) {
      if (isTransient(error)) return false;
      if (!(error instanceof SyncError) || !REFUSALS.has(error.code)) throw error;
      this.withdraw(entity);
      return false;
    }
  }

  /** The offer did not hold. */
  withdraw(entity: string): void {
    this.#offered.set(entity, false);
  }

  async #ask(entity: string, signal: AbortSignal): Promise<boolean> {
    const filter = encodeURIComponent("sdkmessageid/name eq @message and primaryobjecttypecode eq @table");
    const parameters = `@message='UpdateMultiple'&@table='${encodeURIComponent(entity)}'`;
    const path = `sdkmessagefilters?$select=sdkmessagefilterid&$filter=${filter}&${parameters}`;
    const { body } = await this.#client.get(
      path,
      { entity: "sdkmessagefilter", read: readCollection },
      signal,
    );
    return body.value.length > 0;
  }
}

const REFUSALS: ReadonlySet<string> = new Set([
  "entity_missing",
  "permission_missing",
  "refused",
  "field_missing",
]);
