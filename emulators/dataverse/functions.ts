import type { PrivilegeType } from "./access.ts";
import { ApiError, invalidArgument } from "./errors.ts";
import { keyParts } from "./address.ts";
import type { Answer } from "./message.ts";
import { jsonAnswer } from "./message.ts";
import { privilegeId } from "./metadata-shapes.ts";
import { aliases } from "./web-call.ts";
import type { WebCall } from "./web-call.ts";

function response(call: WebCall, type: string, members: Record<string, unknown>): Answer {
  const context = `${call.api}/$metadata#Microsoft.Dynamics.CRM.${type}`;
  return jsonAnswer(JSON.stringify({ "@odata.context": context, ...members }));
}

export function whoAmI(call: WebCall): Answer {
  const { standard } = call.organization;
  return response(call, "WhoAmIResponse", {
    BusinessUnitId: standard.businessUnit,
    UserId: call.caller,
    OrganizationId: standard.organization,
  });
}

/** The text of a function's parameter, through its alias when it has one. */
export function parameter(call: WebCall, key: string, name: string): string | undefined {
  const given = keyParts(key).get(name);
  return given?.startsWith("@") === true ? aliases(call.query).get(given) : given;
}

/** `RetrieveTotalRecordCount(EntityNames=@p1)?@p1=['account']`: the exact number of records, whoever asks. */
export function retrieveTotalRecordCount(call: WebCall, key: string): Answer {
  const text = parameter(call, key, "EntityNames") ?? "[]";
  const names = [...text.matchAll(/['"]([^'"]+)['"]/g)].map((match) => match[1] ?? "");
  const counts = names.map((name) => {
    const table = call.organization.findTable(name);
    if (table === undefined)
      throw invalidArgument(`The entity with a name = '${name}' was not found in the MetadataCache.`);
    return table.size;
  });
  return response(call, "RetrieveTotalRecordCountResponse", {
    EntityRecordCountCollection: { Count: names.length, IsReadOnly: false, Keys: names, Values: counts },
  });
}

const DEPTHS = { user: "Basic", global: "Global" } as const;

/** `systemusers(<id>)/Microsoft.Dynamics.CRM.RetrieveUserPrivileges`: every privilege the user has, with its depth. */
export function retrieveUserPrivileges(call: WebCall, user: string): Answer {
  const { organization, access } = call;
  const privileges = [...organization.entities()].flatMap((entity) =>
    entity.privileges.flatMap(({ name, type }) => {
      const depth = access.depth(user, entity.logicalName, type as PrivilegeType);
      if (depth === "none") return [];
      return [
        {
          Depth: DEPTHS[depth],
          PrivilegeId: privilegeId(name),
          BusinessUnitId: organization.standard.businessUnit,
          PrivilegeName: name,
          RecordFilterId: "00000000-0000-0000-0000-000000000000",
          RecordFilterUniqueName: "",
        },
      ];
    }),
  );
  return response(call, "RetrieveUserPrivilegesResponse", { RolePrivileges: privileges });
}

/** In the order of their bits in the platform's enumeration. */
export const RIGHTS: readonly PrivilegeType[] = [
  "Read",
  "Write",
  "Append",
  "AppendTo",
  "Create",
  "Delete",
  "Share",
  "Assign",
];

/** `systemusers(<id>)/Microsoft.Dynamics.CRM.RetrievePrincipalAccess(Target=@p1)?@p1={"@odata.id":"leads(…)"}`. */
export function retrievePrincipalAccess(call: WebCall, user: string, key: string): Answer {
  const target = parameter(call, key, "Target") ?? "";
  const match = /([a-z_0-9]+)\(([0-9a-f-]{36})\)/i.exec(target);
  const entity = call.organization.entityBySet(match?.[1] ?? "");
  const row = entity && call.organization.table(entity.logicalName).row((match?.[2] ?? "").toLowerCase());
  if (entity === undefined || row === undefined)
    throw new ApiError(404, "0x80040217", `The target ${target} does not exist.`);
  const record = call.organization.table(entity.logicalName).owned(row);
  const rights = RIGHTS.filter((type) => call.access.reaches(user, record, type));
  const text = rights.length === 0 ? "None" : rights.map((right) => `${right}Access`).join(", ");
  return response(call, "RetrievePrincipalAccessResponse", { AccessRights: text });
}
