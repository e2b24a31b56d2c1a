import { expect, test } from "vitest";
import { guid } from "../support/entity.ts";
import { openWorkspace } from "../support/workspace.ts";

test("the history of a person tells of the person's company too, and of nobody else", async () => {
  const { rows, tables, lease } = await openWorkspace();
  await tables.prepare("people", [{ name: "company_crm_id", type: "uuid" }]);
  await tables.prepare("companies", []);
  await rows("insert into marketing.companies (crm_id) values ($1), ($2)", [guid(10), guid(11)]);
  await rows("insert into marketing.people (crm_id, company_crm_id) values ($1, $2), ($3, $4), ($5, null)", [
    guid(1),
    guid(10),
    guid(2),
    guid(11),
    guid(3),
  ]);
  await rows(
    `insert into marketing.activities (connection_id, entity, table_name, row_id, kind, origin, detail)
     select $1, entity, table_name, row_id, 'changed', 'dynamics', entity || ' ' || row_id
       from (values ('contact', 'people', 1), ('account', 'companies', 1), ('contact', 'people', 2),
                    ('account', 'companies', 2), ('contact', 'people', 3)) as a(entity, table_name, row_id)`,
    [lease.connectionId],
  );
  const told = (person: number): Promise<{ detail: string }[]> =>
    rows("select detail from marketing.history($1)", [person]);
  expect(await told(1)).toEqual([{ detail: "contact 1" }, { detail: "account 1" }]);
  expect(await told(3)).toEqual([{ detail: "contact 3" }]);
});
