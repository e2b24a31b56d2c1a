import { importRecords } from "./import.ts";
import type { Organization } from "./organization.ts";

/** Fills a new organization with what every organization has: itself, its root business unit, base currency, users. */
export function insertStandardRows(organization: Organization, clientId: string): void {
  const { standard, name } = organization;
  const currency = { entity: "transactioncurrency", id: standard.currency };
  const businessUnit = { entity: "businessunit", id: standard.businessUnit };
  importRecords(organization, "transactioncurrency", [
    {
      transactioncurrencyid: standard.currency,
      currencyname: "US Dollar",
      isocurrencycode: "USD",
      currencysymbol: "$",
      currencyprecision: 2,
      exchangerate: "1",
    },
  ]);
  importRecords(organization, "organization", [
    {
      organizationid: standard.organization,
      name,
      basecurrencyid: currency,
      languagecode: 1033,
      expirechangetrackingindays: 7,
      pricingdecimalprecision: 2,
    },
  ]);
  importRecords(organization, "businessunit", [{ businessunitid: standard.businessUnit, name }]);
  const person = { businessunitid: businessUnit, isdisabled: false, accessmode: 0 };
  importRecords(organization, "systemuser", [
    {
      ...person,
      systemuserid: standard.administrator,
      firstname: "Ada",
      lastname: "Admin",
      domainname: "administrator@emulator.example",
      azureactivedirectoryobjectid: organization.newId(),
      internalemailaddress: "administrator@emulator.example",
    },
    {
      ...person,
      systemuserid: standard.applicationUser,
      firstname: "#",
      lastname: "Sync Application",
      domainname: "application@emulator.example",
      azureactivedirectoryobjectid: organization.newId(),
      applicationid: clientId,
      accessmode: 4,
    },
    {
      ...person,
      systemuserid: standard.system,
      lastname: "SYSTEM",
      domainname: "SYSTEM",
      isdisabled: true,
      accessmode: 3,
    },
  ]);
}
