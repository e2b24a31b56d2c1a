/**
 * The columns in which Dynamics shows what marketing knows of a lead or contact, and how they are made over the Web API.
 * Names and meaning are those of the native sync, so that views, forms and workflows that use them go on.
 */

/** A column on lead and on contact. */
interface ScoreColumn {
  readonly name: string;
  readonly label: string;
  readonly description: string;
  readonly kind: object;
}

const integer = (least: number, most: number) => ({
  "@odata.type": "Microsoft.Dynamics.CRM.IntegerAttributeMetadata",
  MinValue: least,
  MaxValue: most,
  Format: "None",
});

const text = (length: number) => ({
  "@odata.type": "Microsoft.Dynamics.CRM.StringAttributeMetadata",
  MaxLength: length,
  FormatName: { Value: "Text" },
});

const COLUMNS: readonly ScoreColumn[] = [
  {
    name: "mkt_LeadScore",
    label: "Lead Score",
    description: "Score that marketing has given.",
    kind: integer(-1_000_000, 1_000_000),
  },
  {
    name: "mkt_RelativeScore",
    label: "Relative Score",
    description: "Score compared with everybody's.",
    kind: integer(0, 100),
  },
  {
    name: "mkt_Priority",
    label: "Priority",
    description: "Order in which to call, by score and urgency.",
    kind: integer(0, 1_000_000),
  },
  {
    name: "mkt_Urgency",
    label: "Urgency",
    description: "How much the score has risen lately.",
    kind: integer(0, 100),
  },
  {
    name: "mkt_LastInterestingMomentDate",
    label: "Last Interesting Moment Date",
    description: "When the last interesting moment was.",
    kind: {
      "@odata.type": "Microsoft.Dynamics.CRM.DateTimeAttributeMetadata",
      Format: "DateAndTime",
      DateTimeBehavior: { Value: "UserLocal" },
    },
  },
  {
    name: "mkt_LastInterestingMomentType",
    label: "Last Interesting Moment Type",
    description: "What kind of moment: Web, Email, Event, Milestone.",
    kind: text(100),
  },
  {
    name: "mkt_LeadInterestingMomentSource",
    label: "Last Interesting Moment Source",
    description: "Where it came from.",
    kind: text(100),
  },
  {
    name: "mkt_LastInterestingMomentDesc",
    label: "Last Interesting Moment Description",
    description: "What happened, in words.",
    kind: {
      "@odata.type": "Microsoft.Dynamics.CRM.MemoAttributeMetadata",
      MaxLength: 2_000,
      Format: "TextArea",
    },
  },
];

const ENTITIES = ["lead", "contact"] as const;

/** The organization, for somebody who is signed in. */
export interface Organization {
  /** `https://acme.crm.dynamics.com`, on-premises with the organization's name. */
  readonly url: string;
  /** Access token of a system customizer or administrator. */
  readonly token: string;
  /** Unmanaged solution that the columns join; none means the default one. */
  readonly solution?: string;
  readonly fetch: typeof fetch;
}

/** A column that an entity lacks. */
export interface Missing {
  readonly entity: string;
  readonly column: ScoreColumn;
}

/** Says which columns are missing; writes nothing. @throws Error with what Dynamics answered */
export async function missingColumns(organization: Organization): Promise<readonly Missing[]> {
  const missing: Missing[] = [];
  for (const entity of ENTITIES) {
    const path = `EntityDefinitions(LogicalName='${entity}')/Attributes?$select=LogicalName`;
    const answer = await call(organization, path, { headers: { Consistency: "Strong" } });
    const { value } = (await answer.json()) as { value: readonly { LogicalName: string }[] };
    const known = new Set(value.map(({ LogicalName: name }) => name));
    for (const column of COLUMNS) {
      if (!known.has(column.name.toLowerCase())) missing.push({ entity, column });
    }
  }
  return missing;
}

/** Makes one column. @throws Error with what Dynamics answered */
export async function makeColumn(organization: Organization, { entity, column }: Missing): Promise<void> {
  const { name, label, description, kind } = column;
  const { solution } = organization;
  await call(organization, `EntityDefinitions(LogicalName='${entity}')/Attributes`, {
    method: "POST",
    headers: {
      "Content-Type": "application/json; charset=utf-8",
      ...(solution === undefined ? {} : { "MSCRM.SolutionUniqueName": solution }),
    },
    body: JSON.stringify({
      ...kind,
      SchemaName: name,
      DisplayName: labelOf(label),
      Description: labelOf(description),
      RequiredLevel: { Value: "None", CanBeChanged: true },
    }),
  });
}

function labelOf(words: string): object {
  const localized = {
    "@odata.type": "Microsoft.Dynamics.CRM.LocalizedLabel",
    Label: words,
    LanguageCode: 1033,
  };
  return { "@odata.type": "Microsoft.Dynamics.CRM.Label", LocalizedLabels: [localized] };
}

async function call(organization: Organization, path: string, init: RequestInit): Promise<Response> {
  const { url, token, fetch: send } = organization;
  const answer = await send(`${url.replace(/\/+$/, "")}/api/data/v9.2/${path}`, {
    ...init,
    headers: {
      ...(init.headers as Record<string, string>),
      Authorization: `Bearer ${token}`,
      Accept: "application/json",
      "OData-Version": "4.0",
      "OData-MaxVersion": "4.0",
    },
  });
  if (answer.ok) return answer;
  throw new Error(`Dynamics answered ${answer.status}: ${messageOf(await answer.text())}`);
}

function messageOf(body: string): string {
  try {
    const { error } = JSON.parse(body) as { error?: { message?: string } };
    return error?.message ?? body;
  } catch {
    return body;
  }
}
