/**
 * The emulated organization as its own store and its published metadata tell it, read over HTTP. Nothing of `src/` or
 * of the emulator is used.
 */
import { Readable } from "node:stream";
import { createInterface } from "node:readline";

/** A stored value: text, number, truth, or a lookup with its target. Digits of exact numbers come as text. */
export type StoredValue = string | number | boolean | null | { readonly entity: string; readonly id: string };

/** A stored value as text; a lookup is its id. */
export function plain(value: StoredValue | undefined): string {
  return typeof value === "object" && value !== null ? value.id : String(value);
}

/** Every attribute of a record that has a value, by logical name. */
export type StoredRecord = Readonly<Record<string, StoredValue>>;

/** What the metadata says of an attribute. */
export interface AttributeFacts {
  /** `StringType`, `MoneyType`, … */
  readonly type: string;
  /** `DateOnly`, `TimeZoneIndependent` or `UserLocal`, of dates. */
  readonly behavior: string | undefined;
  /** Of choices: the label of each value. */
  readonly labels: ReadonlyMap<number, string>;
}

export interface EntityFacts {
  readonly primaryId: string;
  readonly attributes: ReadonlyMap<string, AttributeFacts>;
}

export interface EmulatedOrganization {
  /** Null when the organization has no such entity. */
  facts(entity: string): Promise<EntityFacts | null>;
  /** Records in id order, as they are stored. */
  records(entity: string): AsyncGenerator<StoredRecord>;
}

/** @param url address of the emulated organization, as its first line of output gives it */
export async function openOrganization(url: string): Promise<EmulatedOrganization> {
  const control = `${new URL(url).origin}/emulator`;
  const token = await signIn(url, control);
  const api = `${url.replace(/\/$/, "")}/api/data/v9.2`;
  return {
    facts: (entity) => readFacts(`${api}/EntityDefinitions(LogicalName='${entity}')`, token),
    records: (entity) => storedRecords(control, entity),
  };
}

interface Credentials {
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

async function signIn(url: string, control: string): Promise<string> {
  const { credentials } = await json<{ credentials: Credentials }>(await fetch(control));
  const { tenantId, clientId, clientSecret } = credentials;
  const answer = await fetch(`${new URL(url).origin}/${tenantId}/oauth2/v2.0/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "client_credentials",
      client_id: clientId,
      client_secret: clientSecret,
      scope: `${new URL(url).origin}/.default`,
    }),
  });
  return (await json<{ access_token: string }>(answer)).access_token;
}

/** The records of an entity in id order, as the control API tells them. */
export async function* storedRecords(control: string, entity: string): AsyncGenerator<StoredRecord> {
  const url = `${control}/records/${entity}?format=ndjson`;
  const answer = await fetch(url);
  if (!answer.ok || answer.body === null) throw new Error(`${url} answered ${answer.status}.`);
  for await (const line of createInterface({ input: Readable.fromWeb(answer.body) })) {
    if (line !== "") yield JSON.parse(line) as StoredRecord;
  }
}

interface AttributeJson {
  readonly LogicalName: string;
  readonly AttributeTypeName: { readonly Value: string } | null;
  readonly DateTimeBehavior?: { readonly Value: string } | null;
  readonly OptionSet?: { readonly Options: readonly OptionJson[] } | null;
}

interface OptionJson {
  readonly Value: number;
  readonly Label: { readonly UserLocalizedLabel: { readonly Label: string } | null };
}

const CHOICES = ["Picklist", "State", "Status", "MultiSelectPicklist"];

async function readFacts(definition: string, token: string): Promise<EntityFacts | null> {
  const ask = (rest: string): Promise<Response> =>
    fetch(`${definition}${rest}`, { headers: { authorization: `Bearer ${token}` } });
  const found = await ask("?$select=PrimaryIdAttribute");
  if (found.status === 404) return null;
  const { PrimaryIdAttribute } = await json<{ PrimaryIdAttribute: string }>(found);
  const attributes = async (rest: string): Promise<readonly AttributeJson[]> =>
    (await json<{ value: readonly AttributeJson[] }>(await ask(`/Attributes${rest}`))).value;
  const all = await attributes("?$select=LogicalName,AttributeTypeName");
  const dates = await attributes(
    "/Microsoft.Dynamics.CRM.DateTimeAttributeMetadata?$select=LogicalName,DateTimeBehavior",
  );
  const choices: AttributeJson[] = [];
  for (const type of CHOICES) {
    const cast = `/Microsoft.Dynamics.CRM.${type}AttributeMetadata?$select=LogicalName&$expand=OptionSet`;
    choices.push(...(await attributes(cast)));
  }
  return { primaryId: PrimaryIdAttribute, attributes: joined(all, dates, choices) };
}

function joined(
  all: readonly AttributeJson[],
  dates: readonly AttributeJson[],
  choices: readonly AttributeJson[],
): ReadonlyMap<string, AttributeFacts> {
  const behaviors = new Map(dates.map((date) => [date.LogicalName, date.DateTimeBehavior?.Value]));
  const options = new Map(choices.map((choice) => [choice.LogicalName, choice.OptionSet?.Options ?? []]));
  return new Map(
    all.map(({ LogicalName, AttributeTypeName }) => [
      LogicalName,
      {
        type: AttributeTypeName?.Value ?? "",
        behavior: behaviors.get(LogicalName),
        labels: new Map((options.get(LogicalName) ?? []).map((option) => [option.Value, labelOf(option)])),
      },
    ]),
  );
}

function labelOf({ Label }: OptionJson): string {
  return Label.UserLocalizedLabel?.Label ?? "";
}

async function json<T>(answer: Response): Promise<T> {
  if (!answer.ok) throw new Error(`${answer.url} answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as T;
}
