import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Scene } from "./scene.ts";
import { openScene } from "./scene.ts";

/** Who owns what, and who is in which team, by name, against the real connector. */

let scene: Scene;

beforeEach(async () => {
  scene = await openScene({ records: 200, environment: { TANDEM_ENTITIES: "new_productinterest" } });
});

afterEach(() => scene.close());

const user = (id: string) => ({ entity: "systemuser", id });
const team = (id: string) => ({ entity: "team", id });

function newUser(name: string): string {
  return scene.emulator.store.create("systemuser", {
    firstname: name,
    lastname: "Vane",
    domainname: `${name}@contoso.example`,
    internalemailaddress: `${name}@contoso.example`,
    businessunitid: { entity: "businessunit", id: scene.emulator.organization.standard.businessUnit },
  });
}

interface Owner {
  readonly owner_name: string | null;
  readonly owner_email: string | null;
  readonly owner_kind: string | null;
  readonly owner_disabled: boolean | null;
}

async function ownerOf(view: string, id: string): Promise<Owner | undefined> {
  const { rows } = await scene.sql.query<Owner>(
    `select owner_name, owner_email, owner_kind, owner_disabled from marketing.${view} where crm_id = $1`,
    [id],
  );
  return rows[0];
}

const OWNED = [
  ["people_view", "contact"],
  ["people_view", "lead"],
  ["companies_view", "account"],
  ["opportunities_view", "opportunity"],
  ["custom_new_productinterest_view", "new_productinterest"],
] as const;

describe("an owner", () => {
  test("is a user or a team, with name and e-mail, on every table that has owners", async () => {
    const { store } = scene.emulator;
    const [una, crew] = [
      newUser("Una"),
      store.create("team", { name: "Key Crew", emailaddress: "crew@contoso.example" }),
    ];
    const owned = OWNED.map(([view, entity]) => {
      const [first = "", second = ""] = store.ids(entity).slice(-2);
      store.update(entity, first, { ownerid: user(una) });
      store.update(entity, second, { ownerid: team(crew) });
      return { view, first, second };
    });
    await scene.sync();
    for (const { view, first, second } of owned) {
      expect.soft(await ownerOf(view, first), view).toEqual({
        owner_name: "Una Vane",
        owner_email: "Una@contoso.example",
        owner_kind: "user",
        owner_disabled: false,
      });
      expect.soft(await ownerOf(view, second), view).toEqual({
        owner_name: "Key Crew",
        owner_email: "crew@contoso.example",
        owner_kind: "team",
        owner_disabled: false,
      });
    }
  });

  test("nobody of any table is without, in an organization where everything has one", async () => {
    await scene.sync();
    for (const [view] of OWNED) {
      const { rows } = await scene.sql.query<{ without: number; teams: number }>(
        `select count(*) filter (where owner_name is null)::int as without,
                count(*) filter (where owner_kind = 'team')::int as teams
           from marketing.${view} where crm_id is not null`,
      );
      expect.soft(rows[0]?.without, view).toBe(0);
    }
  });

  test("who is given another name, or leaves, is shown so, and the user is kept", async () => {
    const { store } = scene.emulator;
    const una = newUser("Una");
    const [contact = ""] = store.ids("contact");
    store.update("contact", contact, { ownerid: user(una) });
    await scene.sync();
    store.update("systemuser", una, { lastname: "Moor", isdisabled: true });
    await scene.sync();
    expect(await ownerOf("people_view", contact)).toMatchObject({
      owner_name: "Una Moor",
      owner_disabled: true,
    });
    const { rows } = await scene.sql.query(
      "select full_name, email, disabled, crm_deleted from marketing.users where crm_id = $1",
      [una],
    );
    expect(rows).toEqual([
      { full_name: "Una Moor", email: "Una@contoso.example", disabled: true, crm_deleted: false },
    ]);
  });
});

test("a team has its members, and who leaves it is gone from it", async () => {
  const { store } = scene.emulator;
  const crew = store.create("team", { name: "Key Crew" });
  const [una, ivo] = [newUser("Una"), newUser("Ivo")];
  const join = (id: string) => store.insertMany("teammembership", [{ teamid: crew, systemuserid: id }]);
  join(una);
  join(ivo);
  await scene.sync();
  const members = async () => {
    const { rows } = await scene.sql.query<{ member: string }>(
      `select concat_ws(': ', team_name, user_name, user_email) as member from marketing.team_members
        where team_crm_id = $1 order by 1`,
      [crew],
    );
    return rows.map(({ member }) => member);
  };
  const [UNA, IVO] = ["Key Crew: Una Vane: Una@contoso.example", "Key Crew: Ivo Vane: Ivo@contoso.example"];
  expect(await members()).toEqual([IVO, UNA]);

  const gone = store
    .ids("teammembership")
    .find((id) => store.get("teammembership", id)?.["systemuserid"] === una);
  store.remove("teammembership", gone ?? "");
  scene.later(16 * 60);
  await scene.sync();
  expect(await members()).toEqual([IVO]);
  join(una);
  scene.later(16 * 60);
  await scene.sync();
  expect(await members()).toEqual([IVO, UNA]);
});
