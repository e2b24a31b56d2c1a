import { Client } from "pg";
import { onTestFinished } from "vitest";
import type { EntityMapping } from "../../src/core/mapping.ts";
import type { StoreScene } from "./scene.ts";
import { CONTACT, openStoreScene, person } from "./scene.ts";

/** `contact` with all its fields two-way. */
export const TWO_WAY: EntityMapping = {
  ...CONTACT,
  fields: CONTACT.fields.map((field) => ({ ...field, direction: "both" })),
};

/** A pending change as the capture leaves it. */
export interface Noted {
  readonly row_id: string;
  readonly agreed: Readonly<Record<string, unknown>>;
  readonly revision: string;
}

/** Three people whose edits travel. */
export interface EditedScene extends StoreScene {
  /** All pending changes, in the order of rows. */
  noted(): Promise<Noted[]>;
  /** What was agreed before they were edited, in the order of rows. */
  agreed(): Promise<unknown[]>;
  /** Another session, until the test has ended. */
  session(setUp?: string): Promise<Client>;
}

export async function openEditedScene(): Promise<EditedScene> {
  const scene = await openStoreScene(TWO_WAY);
  await scene.apply({ creates: [person(1), person(2), person(3)] });
  const noted = (): Promise<Noted[]> =>
    scene.rows<Noted>("select row_id, agreed, revision from marketing_sync.pending_changes order by row_id");
  return {
    ...scene,
    noted,
    agreed: async () => (await noted()).map((each) => each.agreed),
    async session(setUp = "") {
      const client = new Client({ connectionString: scene.connectionString });
      await client.connect();
      onTestFinished(() => client.end());
      await client.query(setUp);
      return client;
    },
  };
}

/** Until a session waits for another one's lock. */
export async function someoneWaits({ rows }: Pick<StoreScene, "rows">): Promise<void> {
  for (;;) {
    const waiting = await rows("select from pg_locks where not granted");
    if (waiting.length > 0) return;
  }
}
