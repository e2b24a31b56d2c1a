import type { EntityDesk, EntityListing, EntitySwitches } from "../../src/core/entity-desk.ts";
import { SyncError } from "../../src/core/errors.ts";

/** A desk with two entities, of which one is on, that notes what it is asked. */
export class ScriptedEntityDesk implements EntityDesk {
  readonly asked: string[] = [];
  readonly listing: EntityListing = {
    entities: [
      {
        entity: "new_registration",
        label: "Registration",
        kind: "table",
        relationships: [],
        state: "on",
        table: "custom_new_registration",
        rows: 1200,
        readable: "all",
        tracked: true,
        paths: [[{ to: "contact", attribute: "new_contactid", way: "up" }]],
        noise: null,
        trouble: null,
      },
      {
        entity: "new_session",
        label: "Session",
        kind: "table",
        relationships: [],
        state: "off",
        table: null,
        rows: 0,
        readable: "none",
        tracked: false,
        paths: [
          [
            { to: "new_registration", attribute: "new_sessionid", way: "down" },
            { to: "contact", attribute: "new_contactid", way: "up" },
          ],
          [
            { to: "new_registration", attribute: "new_othersessionid", way: "down" },
            { to: "contact", attribute: "new_contactid", way: "up" },
          ],
        ],
        noise: null,
        trouble: null,
      },
    ],
    readAt: "2026-11-24T06:00:00.000Z",
    trouble: null,
  };

  async entities(all: boolean): Promise<EntityListing> {
    this.asked.push(all ? "all" : "some");
    return this.listing;
  }

  async switchEntities({ on, off }: EntitySwitches): Promise<void> {
    if (on.includes("new_nothing"))
      throw new SyncError("configuration_invalid", "Dynamics has no entity or N:N relationship new_nothing.");
    this.asked.push(`on ${on.join(" ")} off ${off.join(" ")}`);
  }

  async readMapAgain(): Promise<void> {
    this.asked.push("refresh");
  }
}
