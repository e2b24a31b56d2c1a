import { ActionBody } from "./action-body.ts";
import { RowWriter } from "./columns.ts";
import { ApiError } from "./errors.ts";
import { mappedValues } from "./entity-maps.ts";
import type { Answer } from "./message.ts";
import { jsonAnswer } from "./message.ts";
import type { Lookup, WireRecord, WireValue } from "./record.ts";
import { createRecord, updateRecord } from "./record-writes.ts";
import type { WebCall } from "./web-call.ts";
import { writerOf } from "./writer.ts";

interface Wanted {
  readonly account: boolean;
  readonly contact: boolean;
  readonly opportunity: boolean;
  readonly status: number;
  readonly customer: Lookup | undefined;
  readonly campaign: Lookup | undefined;
  readonly currency: Lookup | undefined;
}

/** Answers `leads(<id>)/Microsoft.Dynamics.CRM.QualifyLead`. */
export function qualifyLead(call: WebCall, id: string): Answer {
  const body = new ActionBody(call, "QualifyLead");
  const wanted: Wanted = {
    account: body.boolean("CreateAccount"),
    contact: body.boolean("CreateContact"),
    opportunity: body.boolean("CreateOpportunity"),
    status: body.whole("Status"),
    customer: body.optionalLookup("OpportunityCustomerId"),
    campaign: body.optionalLookup("SourceCampaignId"),
    currency: body.optionalLookup("OpportunityCurrencyId"),
  };
  const made = call.organization.transaction(() => qualify(call, id, wanted));
  const listed = call.settings.qualifyLeadAnswer === "nothing" ? [] : made;
  const value = listed.map((record) => listedRecord(call, record)).join(",");
  const context = `${call.api}/$metadata#Collection(Microsoft.Dynamics.CRM.crmbaseentity)`;
  return jsonAnswer(`{"@odata.context":"${context}","value":[${value}]}`);
}

/** A record that was made, as the answer lists it. */
function listedRecord(call: WebCall, { entity, id }: Lookup): string {
  const table = call.organization.table(entity);
  const type = `"@odata.type":"#Microsoft.Dynamics.CRM.${entity}"`;
  const row = table.row(id);
  if (row === undefined || call.settings.qualifyLeadAnswer === "ids")
    return `{${type},"${table.entity.primaryIdAttribute}":"${id}"}`;
  return `{${type},${new RowWriter(call.organization, table, undefined).members(row)}}`;
}

function qualify(call: WebCall, id: string, wanted: Wanted): Lookup[] {
  const { organization } = call;
  const leads = organization.table("lead");
  const row = leads.row(id);
  const lead = row === undefined ? {} : leads.record(row);
  if (lead["statecode"] !== 0) throw new ApiError(400, "0x80040519", "The lead is already closed.");
  const self: Lookup = { entity: "lead", id };
  const made: Lookup[] = [];
  const create = (entity: string, record: WireRecord): Lookup => {
    call.access.demand(call.caller, organization.table(entity).entity, "Create");
    const values = {
      ...mappedValues(call.organization, { source: "lead", target: entity }, lead),
      originatingleadid: self,
      ownerid: lead["ownerid"] ?? null,
      ...record,
    };
    const lookup = { entity, id: createRecord(writerOf(call), organization.table(entity), values).id };
    made.push(lookup);
    return lookup;
  };
  const account = wanted.account ? create("account", {}) : asLookup(lead["parentaccountid"]);
  const contact = wanted.contact
    ? create("contact", account === undefined ? {} : { parentcustomerid: account })
    : asLookup(lead["parentcontactid"]);
  const customer = wanted.customer ?? account ?? contact;
  const opportunity = wanted.opportunity
    ? create("opportunity", opportunityValues(wanted, { customer, account, contact }))
    : undefined;
  updateRecord(writerOf(call), leads, id, {
    statecode: 1,
    statuscode: wanted.status,
    ...given({ parentaccountid: account, parentcontactid: contact, customerid: account ?? contact }),
    ...(leads.entity.attributes.has("qualifyingopportunityid")
      ? given({ qualifyingopportunityid: opportunity })
      : {}),
  });
  return made;
}

interface Parties {
  readonly customer: Lookup | undefined;
  readonly account: Lookup | undefined;
  readonly contact: Lookup | undefined;
}

function opportunityValues(wanted: Wanted, { customer, account, contact }: Parties): WireRecord {
  return given({
    customerid: customer,
    parentaccountid: account,
    parentcontactid: contact,
    campaignid: wanted.campaign,
    transactioncurrencyid: wanted.currency,
  });
}

/** The entries that have a value. */
function given(values: Readonly<Record<string, Lookup | undefined>>): Record<string, WireValue> {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, Lookup] => entry[1] !== undefined),
  );
}

function asLookup(value: WireValue | undefined): Lookup | undefined {
  return typeof value === "object" && value !== null ? value : undefined;
}
