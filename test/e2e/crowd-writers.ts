/**
 * Two crowds at work on the same people: one through SQL, one in Dynamics. Every value is written once in the whole
 * run, so that it can be told afterwards what became of it.
 */
import { Pool } from "pg";
import { seededChance } from "./chance.ts";

/** A two-way field, on both sides. */
export interface CrowdField {
  readonly column: string;
  readonly attribute: string;
}

/** Texts without a rule of their own in Dynamics. */
export const CROWD_FIELDS: readonly CrowdField[] = [
  { column: "job_title", attribute: "jobtitle" },
  { column: "city", attribute: "address1_city" },
  { column: "phone", attribute: "telephone1" },
  { column: "notes", attribute: "description" },
  { column: "middle_name", attribute: "middlename" },
];

/** Someone both crowds may edit. */
export interface CrowdPerson {
  readonly rowId: string;
  readonly crmId: string;
  readonly entity: "lead" | "contact";
}

/** The last value each side wrote to a field of a person; absent where it wrote none. */
export interface LastWrites {
  readonly marketing: ReadonlyMap<string, string>;
  readonly dynamics: ReadonlyMap<string, string>;
}

/** One place for a value: a field of a person. */
export function place({ crmId }: CrowdPerson, { column }: CrowdField): string {
  return `${crmId} ${column}`;
}

export interface CrowdPlan {
  readonly people: readonly CrowdPerson[];
  /** Address of the emulator's control API. */
  readonly control: string;
  /** How to reach the marketing database, which may go away and come back. */
  readonly database: () => Promise<string>;
  readonly writers: number;
  readonly sellers: number;
  readonly seed: number;
  /** Milliseconds each waits after an edit. */
  readonly pauseMs: number;
}

export interface CrowdResult extends LastWrites {
  readonly edits: number;
  /** Edits that the database did not take, since it was away. */
  readonly missed: number;
}

/** Lets both crowds work until the signal is aborted; every edit that was acknowledged counts. */
export async function letCrowdsWork(plan: CrowdPlan, signal: AbortSignal): Promise<CrowdResult> {
  const chance = seededChance(plan.seed);
  const marketing = new Map<string, string>();
  const dynamics = new Map<string, string>();
  const count = { edits: 0, missed: 0 };
  const pick = <T>(from: readonly T[]): T => {
    const found = from[Math.floor(chance() * from.length)];
    if (found === undefined) throw new Error("There is nobody to edit.");
    return found;
  };
  const desk = new Desk(plan.database);
  let number = 0;
  const write = async (side: "m" | "d"): Promise<void> => {
    const [person, field] = [pick(plan.people), pick(CROWD_FIELDS)];
    number += 1;
    const value = `${side}${number}`;
    const done = side === "m" ? desk.write(person, field, value) : sell(plan.control, person, field, value);
    if (!(await done)) {
      count.missed += 1;
      return;
    }
    count.edits += 1;
    (side === "m" ? marketing : dynamics).set(place(person, field), value);
  };
  const worker = async (side: "m" | "d"): Promise<void> => {
    while (!signal.aborted) {
      await write(side);
      await pause(plan.pauseMs * (0.5 + chance()), signal);
    }
  };
  const workers = [
    ...Array.from({ length: plan.writers }, () => worker("m")),
    ...Array.from({ length: plan.sellers }, () => worker("d")),
  ];
  try {
    await Promise.all(workers);
  } finally {
    await desk.close();
  }
  return { marketing, dynamics, ...count };
}

/** Where people edit with SQL; it finds the database again after it was away. */
class Desk {
  readonly #database: () => Promise<string>;
  #pool: Promise<Pool> | undefined;

  constructor(database: () => Promise<string>) {
    this.#database = database;
  }

  /** False when the database did not acknowledge it; then nobody may rely on it, either way. */
  async write({ rowId }: CrowdPerson, { column }: CrowdField, value: string): Promise<boolean> {
    try {
      const pool = await (this.#pool ??= this.#open());
      const done = await pool.query(`update marketing.people set "${column}" = $2 where id = $1`, [
        rowId,
        value,
      ]);
      return done.rowCount === 1;
    } catch {
      await this.close();
      return false;
    }
  }

  async close(): Promise<void> {
    const pool = this.#pool;
    this.#pool = undefined;
    await pool?.then(
      (open) => open.end(),
      () => undefined,
    );
  }

  async #open(): Promise<Pool> {
    const pool = new Pool({
      connectionString: await this.#database(),
      max: 8,
      connectionTimeoutMillis: 5_000,
    });
    pool.on("error", () => undefined);
    return pool;
  }
}

async function sell(
  control: string,
  { entity, crmId }: CrowdPerson,
  { attribute }: CrowdField,
  value: string,
): Promise<boolean> {
  const answer = await fetch(`${control}/records/${entity}/${crmId}`, {
    method: "PATCH",
    body: JSON.stringify({ [attribute]: value }),
  });
  await answer.arrayBuffer();
  return answer.ok;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
