/**
 * The views that lead from rows of custom entities to people, one per table: `custom_new_session_people` has a row for
 * each row, person and path.
 *
 * A view that named columns would keep people from dropping them. So each selects from a function whose body PostgreSQL
 * reads only when it runs: nothing depends on tables or columns, and a new set of paths is a new body, which waits for
 * no reader. The planner puts the body in the view's place, so that a query for one row or one path reads no more.
 */
import { HUBS } from "../core/entity-map.ts";
import type { Path } from "../core/entity-paths.ts";
import { pathText, pathsToEnds } from "../core/entity-paths.ts";
import type { RefusedView } from "../core/entity-port.ts";
import type { Lease } from "../core/store-port.ts";
import { fittingName } from "../core/naming.ts";
import type { Queryable, Workspace } from "./database.ts";
import { errorCode, literal, marketingTable, quoted, syncSchema } from "./database.ts";
import { attempt } from "./savepoint.ts";

const PERSONS = ["contact", "lead"];

/** Paths of one table at most, the shortest. */
const MOST_PATHS = 32;

interface Followed {
  readonly entity: string;
  readonly table: string;
  readonly relation: boolean;
  readonly lookups: readonly Lookup[];
}

interface Lookup {
  readonly attribute: string;
  readonly column: string;
  readonly targets: readonly string[];
}

/**
 * Makes what is missing and brings the paths up to date. The view of an entity that is off stays as it is, with its
 * rows. Repeating it changes nothing.
 */
export async function leadToPeople(
  client: Queryable,
  workspace: Workspace,
  { connectionId }: Lease,
): Promise<readonly RefusedView[]> {
  const followed = await readFollowed(client, connectionId);
  const known = new Map(followed.map((one) => [one.entity, one]));
  const references = followed.flatMap(({ entity, lookups }) =>
    lookups.flatMap(({ attribute, targets }) =>
      targets.map((target) => ({ relationship: attribute, entity, attribute, target })),
    ),
  );
  const elsewhere = references.map(({ target }) => target).filter((target) => !known.has(target));
  const paths = pathsToEnds(references, {
    ends: PERSONS,
    closed: new Set([...HUBS, ...elsewhere]),
    relations: new Set(followed.filter(({ relation }) => relation).map(({ entity }) => entity)),
    most: MOST_PATHS,
  });
  const refusals: RefusedView[] = [];
  await client.query("set local check_function_bodies = off");
  for (const { entity, table } of followed.filter(isCustom)) {
    const body = bodyOf(workspace, known, entity, paths.get(entity) ?? []);
    const refusal = await makeView(client, workspace, { table, body });
    if (refusal !== null) refusals.push(refusal);
  }
  return refusals;
}

function isCustom({ table }: Followed): boolean {
  return table.startsWith("custom_");
}

async function readFollowed(client: Queryable, connectionId: number): Promise<readonly Followed[]> {
  const { rows } = await client.query<Followed>(
    `select e.name as entity, e.table_name as "table",
            exists (select from mapped_entities m
                     where m.connection_id = $1 and m.name = e.name and m.kind = 'relation') as relation,
            coalesce((select json_agg(json_build_object('attribute', f.attribute, 'column', f.column_name,
                                                        'targets', f.targets) order by f.attribute)
                        from fields f
                       where f.entity_id = e.id and f.enabled and f.set_aside is null and f.direction <> 'push'
                         and f.targets <> '{}'), '[]') as lookups
       from entities e where e.connection_id = $1 and e.followed order by e.id`,
    [connectionId],
  );
  return rows;
}

interface WantedView {
  readonly table: string;
  readonly body: string;
}

async function makeView(
  client: Queryable,
  workspace: Workspace,
  { table, body }: WantedView,
): Promise<RefusedView | null> {
  const view = fittingName(`${table}_people`, "view", new Set());
  const name = `${quoted(syncSchema(workspace))}.${quoted(view)}`;
  const { rows } = await client.query<{ body: string | null; shown: boolean }>(
    `select (select prosrc from pg_proc where oid = to_regprocedure($1)) as body,
            exists (select from pg_rewrite r
                      join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
                     where r.ev_class = to_regclass($2) and d.refclassid = 'pg_proc'::regclass
                       and d.refobjid = to_regprocedure($1)) as shown`,
    [`${name}()`, marketingTable(workspace, view)],
  );
  const [there] = rows;
  if (there?.body !== body) {
    await client.query(
      `create or replace function ${name}() returns table (row_id bigint, person_id bigint, path text, steps int)
       language sql stable as ${literal(body)}`,
    );
  }
  if (there?.shown === true) return null;
  const taken = await attempt(client, isTaken, async () => {
    await client.query(
      `create view ${marketingTable(workspace, view)} as select row_id, person_id, path, steps from ${name}()`,
    );
  });
  return taken === null ? null : { view, reason: `Something else is called ${view}: rename it.` };
}

/** SQLSTATEs duplicate_table and duplicate_object: any relation, or any other type, of that name. */
function isTaken(error: unknown): error is Error {
  return ["42P07", "42710"].includes(errorCode(error) ?? "");
}

const NOBODY = "select null::bigint, null::bigint, null::text, null::int where false";

function bodyOf(
  workspace: Workspace,
  known: ReadonlyMap<string, Followed>,
  entity: string,
  paths: readonly Path[],
): string {
  const branches = paths.map((path) => branchOf(workspace, known, entity, path));
  return branches.length === 0 ? NOBODY : branches.join("\nunion all\n");
}

/** The rows of one path. Deleted records lead to nobody. */
function branchOf(
  workspace: Workspace,
  known: ReadonlyMap<string, Followed>,
  entity: string,
  path: Path,
): string {
  const table = (name: string): string => marketingTable(workspace, known.get(name)?.table ?? name);
  const joins: string[] = [];
  let from = entity;
  for (const [at, { to, attribute, way }] of path.entries()) {
    const [here, there] = [`t${at}`, `t${at + 1}`];
    const owner = way === "up" ? from : to;
    const column = quoted(columnOf(known.get(owner), attribute));
    const person = at === path.length - 1;
    if (way === "up" && person) {
      joins.push(
        `join ${marketingTable(workspace, "person_records")} r on r.entity = ${literal(to)} and r.crm_id = ${here}.${column}`,
        `join ${table(to)} ${there} on ${there}.id = r.person_id`,
      );
    } else if (way === "up") {
      joins.push(
        `join ${table(to)} ${there} on ${there}.crm_id = ${here}.${column} and not ${there}.crm_deleted`,
      );
    } else {
      const which = person ? `${there}.crm_type = ${literal(to)}` : `not ${there}.crm_deleted`;
      joins.push(`join ${table(to)} ${there} on ${there}.${column} = ${here}.crm_id and ${which}`);
    }
    from = to;
  }
  // Going down may meet a person several times; going up never does.
  const distinct = path.some(({ way }) => way === "down") ? "distinct " : "";
  const text = literal(pathText(entity, path));
  return [
    `select ${distinct}t0.id, t${path.length}.id, ${text}::text, ${path.length}`,
    `  from ${table(entity)} t0`,
    ...joins.map((join) => `  ${join}`),
    " where not t0.crm_deleted",
  ].join("\n");
}

function columnOf(followed: Followed | undefined, attribute: string): string {
  return followed?.lookups.find((lookup) => lookup.attribute === attribute)?.column ?? attribute;
}
