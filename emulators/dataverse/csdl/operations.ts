import { element } from "../xml.ts";
import type { Entity } from "../schema.ts";

type Parameter = readonly [name: string, type: string, optional?: "optional"];

/** An action or function that the emulator answers. */
export interface Operation {
  readonly kind: "Action" | "Function";
  readonly name: string;
  /** The type that it is bound to: a record's, or a collection. */
  readonly bound?: string;
  readonly parameters: readonly Parameter[];
  readonly returns?: string;
}

const RECORD = "mscrm.crmbaseentity";
const ACCESS: readonly Parameter[] = [
  ["Target", RECORD],
  ["PrincipalAccess", "mscrm.PrincipalAccess"],
];
const CLOSING: readonly Parameter[] = [
  ["OpportunityClose", "mscrm.opportunityclose"],
  ["Status", "Edm.Int32"],
];

const TEAM_MEMBERS: readonly Parameter[] = [["Members", "Collection(mscrm.systemuser)"]];

const OPERATIONS: readonly Operation[] = [
  { kind: "Function", name: "WhoAmI", parameters: [], returns: "mscrm.WhoAmIResponse" },
  {
    kind: "Function",
    name: "RetrieveTotalRecordCount",
    parameters: [["EntityNames", "Collection(Edm.String)"]],
    returns: "mscrm.RetrieveTotalRecordCountResponse",
  },
  {
    kind: "Function",
    name: "InitializeFrom",
    parameters: [
      ["EntityMoniker", RECORD],
      ["TargetEntityName", "Edm.String"],
      ["TargetFieldType", "mscrm.TargetFieldType"],
    ],
    returns: RECORD,
  },
  {
    kind: "Function",
    name: "RetrieveUserPrivileges",
    bound: "mscrm.systemuser",
    parameters: [],
    returns: "mscrm.RetrieveUserPrivilegesResponse",
  },
  {
    kind: "Function",
    name: "RetrievePrincipalAccess",
    bound: "mscrm.systemuser",
    parameters: [["Target", RECORD]],
    returns: "mscrm.RetrievePrincipalAccessResponse",
  },
  { kind: "Action", name: "WinOpportunity", parameters: CLOSING },
  { kind: "Action", name: "LoseOpportunity", parameters: CLOSING },
  {
    kind: "Action",
    name: "Merge",
    parameters: [
      ["Target", RECORD],
      ["Subordinate", RECORD],
      ["UpdateContent", RECORD, "optional"],
      ["PerformParentingChecks", "Edm.Boolean"],
    ],
  },
  { kind: "Action", name: "GrantAccess", parameters: ACCESS },
  { kind: "Action", name: "ModifyAccess", parameters: ACCESS },
  {
    kind: "Action",
    name: "RevokeAccess",
    parameters: [
      ["Target", RECORD],
      ["Revokee", "mscrm.principal"],
    ],
  },
  {
    kind: "Action",
    name: "QualifyLead",
    bound: "mscrm.lead",
    parameters: [
      ["CreateAccount", "Edm.Boolean"],
      ["CreateContact", "Edm.Boolean"],
      ["CreateOpportunity", "Edm.Boolean"],
      ["OpportunityCurrencyId", "mscrm.transactioncurrency", "optional"],
      ["OpportunityCustomerId", RECORD, "optional"],
      ["SourceCampaignId", "mscrm.campaign", "optional"],
      ["Status", "Edm.Int32"],
      ["ProcessInstanceId", RECORD, "optional"],
    ],
    returns: "Collection(mscrm.crmbaseentity)",
  },
  {
    kind: "Action",
    name: "AddListMembersList",
    bound: "mscrm.list",
    parameters: [["Members", "Collection(mscrm.crmbaseentity)"]],
    returns: "mscrm.AddListMembersListResponse",
  },
  {
    kind: "Action",
    name: "AddListMembersList",
    parameters: [
      ["List", "mscrm.list"],
      ["Members", "Collection(mscrm.crmbaseentity)"],
    ],
  },
  {
    kind: "Action",
    name: "AddMemberList",
    bound: "mscrm.list",
    parameters: [["EntityId", RECORD]],
    returns: "mscrm.AddMemberListResponse",
  },
  {
    kind: "Action",
    name: "RemoveMemberList",
    bound: "mscrm.list",
    parameters: [["EntityId", RECORD]],
    returns: "mscrm.RemoveMemberListResponse",
  },
  {
    kind: "Action",
    name: "AddItemCampaign",
    bound: "mscrm.list",
    parameters: [["Campaign", "mscrm.campaign"]],
    returns: "mscrm.campaignitem",
  },
  { kind: "Action", name: "AddMembersTeam", bound: "mscrm.team", parameters: TEAM_MEMBERS },
  { kind: "Action", name: "RemoveMembersTeam", bound: "mscrm.team", parameters: TEAM_MEMBERS },
];

/** The writes of many records at once, which are bound to each set that offers them. */
function multiple({ logicalName }: Entity): Operation[] {
  const bound = `Collection(mscrm.${logicalName})`;
  const parameters: readonly Parameter[] = [["Targets", bound]];
  return [
    { kind: "Action", name: "CreateMultiple", bound, parameters, returns: "mscrm.CreateMultipleResponse" },
    { kind: "Action", name: "UpdateMultiple", bound, parameters },
    { kind: "Action", name: "UpsertMultiple", bound, parameters },
  ];
}

/**
 * Every action and function.
 * @param writable the entities that offer writes of many records at once
 */
export function operations(writable: readonly Entity[]): Operation[] {
  return [...OPERATIONS, ...writable.flatMap(multiple)];
}

/** The `Action` or `Function` element. */
export function operationElement({ kind, name, bound, parameters, returns }: Operation): string {
  const binding = bound?.startsWith("Collection(") === true ? "entityset" : "entity";
  const all: readonly Parameter[] = bound === undefined ? parameters : [[binding, bound], ...parameters];
  const content = all.map(([parameter, type, optional]) =>
    element("Parameter", {
      Name: parameter,
      Type: type,
      Nullable: optional === undefined ? "false" : undefined,
    }),
  );
  const result = returns === undefined ? "" : element("ReturnType", { Type: returns, Nullable: "false" });
  const flag = bound === undefined ? undefined : "true";
  return element(kind, { Name: name, IsBound: flag }, content.join("") + result);
}

const COMPLEX: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  WhoAmIResponse: { BusinessUnitId: "Edm.Guid", UserId: "Edm.Guid", OrganizationId: "Edm.Guid" },
  RetrieveTotalRecordCountResponse: { EntityRecordCountCollection: "mscrm.EntityRecordCountCollection" },
  EntityRecordCountCollection: {
    Count: "Edm.Int32",
    IsReadOnly: "Edm.Boolean",
    Keys: "Collection(Edm.String)",
    Values: "Collection(Edm.Int64)",
  },
  RetrieveUserPrivilegesResponse: { RolePrivileges: "Collection(mscrm.RolePrivilege)" },
  RolePrivilege: {
    Depth: "mscrm.PrivilegeDepth",
    PrivilegeId: "Edm.Guid",
    BusinessUnitId: "Edm.Guid",
    PrivilegeName: "Edm.String",
    RecordFilterId: "Edm.Guid",
    RecordFilterUniqueName: "Edm.String",
  },
  RetrievePrincipalAccessResponse: { AccessRights: "mscrm.AccessRights" },
  CreateMultipleResponse: { Ids: "Collection(Edm.Guid)" },
  AddListMembersListResponse: {},
  AddMemberListResponse: { ListMemberId: "Edm.Guid" },
  RemoveMemberListResponse: {},
};

const ENUMERATIONS: Readonly<Record<string, readonly string[]>> = {
  PrivilegeDepth: ["Basic", "Local", "Deep", "Global", "RecordFilter"],
  TargetFieldType: ["All", "ValidForCreate", "ValidForUpdate", "ValidForRead"],
};

/** Access rights and the value of each; they can be combined. */
const RIGHTS: Readonly<Record<string, number>> = {
  None: 0,
  ReadAccess: 1,
  WriteAccess: 2,
  AppendAccess: 4,
  AppendToAccess: 16,
  CreateAccess: 32,
  DeleteAccess: 65_536,
  ShareAccess: 262_144,
  AssignAccess: 524_288,
};

/** The complex and enumeration types that the operations name. */
export function operationTypes(): string[] {
  const complex = Object.entries(COMPLEX).map(([name, properties]) =>
    element(
      "ComplexType",
      { Name: name },
      Object.entries(properties)
        .map(([property, type]) => element("Property", { Name: property, Type: type, Nullable: "false" }))
        .join(""),
    ),
  );
  const principalAccess = element(
    "ComplexType",
    { Name: "PrincipalAccess" },
    element("Property", { Name: "AccessMask", Type: "mscrm.AccessRights", Nullable: "false" }) +
      element("NavigationProperty", { Name: "Principal", Type: "mscrm.principal" }),
  );
  const enumerations = Object.entries(ENUMERATIONS).map(([name, members]) =>
    enumeration({ Name: name }, Object.fromEntries(members.map((member, value) => [member, value]))),
  );
  return [
    ...complex,
    principalAccess,
    ...enumerations,
    enumeration({ Name: "AccessRights", IsFlags: "true" }, RIGHTS),
  ];
}

function enumeration(attributes: Record<string, string>, members: Readonly<Record<string, number>>): string {
  const content = Object.entries(members).map(([name, value]) =>
    element("Member", { Name: name, Value: String(value) }),
  );
  return element("EnumType", attributes, content.join(""));
}
