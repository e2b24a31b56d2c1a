import type { Organization } from "./organization.ts";
import type { WireRecord, WireValue } from "./record.ts";

const ADDRESS = [
  "address1_line1",
  "address1_line2",
  "address1_line3",
  "address1_city",
  "address1_stateorprovince",
  "address1_postalcode",
  "address1_country",
];
const CONSENT = ["donotbulkemail", "donotemail", "donotfax", "donotphone", "donotpostalmail", "donotsendmm"];

/** Columns of a map: the same name on both sides unless a pair says otherwise. */
type Columns = readonly (string | readonly [from: string, to: string])[];

/** How records of one entity begin that are made in the context of another's record. */
interface EntityMap {
  /** The new record's lookup to the one that it comes from. */
  readonly lookup: string;
  readonly columns: Columns;
}

/** By source and target entity, as a new organization has them. */
const MAPS: Readonly<Record<string, EntityMap>> = {
  "lead account": {
    lookup: "originatingleadid",
    columns: [
      ["companyname", "name"],
      "emailaddress1",
      "fax",
      "websiteurl",
      "sic",
      "telephone1",
      "telephone2",
      "description",
      "transactioncurrencyid",
      ...ADDRESS,
      ...CONSENT,
    ],
  },
  "lead contact": {
    lookup: "originatingleadid",
    columns: [
      "firstname",
      "middlename",
      "lastname",
      "salutation",
      "jobtitle",
      "emailaddress1",
      "emailaddress2",
      "emailaddress3",
      "mobilephone",
      "pager",
      "fax",
      "telephone1",
      "telephone2",
      "telephone3",
      "websiteurl",
      "description",
      "transactioncurrencyid",
      ...ADDRESS,
      ...CONSENT,
    ],
  },
  "lead opportunity": {
    lookup: "originatingleadid",
    columns: [
      ["subject", "name"],
      "description",
      "qualificationcomments",
      "budgetamount",
      "budgetstatus",
      "purchaseprocess",
      "purchasetimeframe",
      "decisionmaker",
      "need",
      "transactioncurrencyid",
    ],
  },
  "account account": { lookup: "parentaccountid", columns: ["transactioncurrencyid", ...ADDRESS] },
  "account contact": {
    lookup: "parentcustomerid",
    columns: ["telephone1", "transactioncurrencyid", ...ADDRESS],
  },
  "account opportunity": { lookup: "parentaccountid", columns: ["transactioncurrencyid"] },
  "contact opportunity": { lookup: "parentcontactid", columns: ["transactioncurrencyid"] },
};

/** Which entity a record comes from, and which it is to become. */
export interface Mapping {
  readonly source: string;
  readonly target: string;
}

/** The lookup by which a new record names the one that it comes from; undefined when the two have no map. */
export function mappedLookup({ source, target }: Mapping): string | undefined {
  return MAPS[`${source} ${target}`]?.lookup;
}

/** The values that a record's columns give to a new record of another entity. */
export function mappedValues(
  organization: Organization,
  { source, target }: Mapping,
  record: WireRecord,
): Record<string, WireValue> {
  const { attributes } = organization.table(target).entity;
  const values: Record<string, WireValue> = {};
  for (const pair of MAPS[`${source} ${target}`]?.columns ?? []) {
    const [from, to] = typeof pair === "string" ? [pair, pair] : pair;
    const value = record[from];
    if (value !== undefined && attributes.has(to)) values[to] = value;
  }
  return values;
}
