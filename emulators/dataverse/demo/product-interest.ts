import type { AttributeFile } from "../schema.ts";
import { customEntity } from "./custom-entity.ts";
import {
  bigWhole,
  choice,
  choices,
  date,
  decimalNumber,
  double,
  lookup,
  memo,
  moment,
  money,
  text,
  whole,
  yesNo,
} from "./definitions.ts";
import { PRODUCTS } from "./words.ts";

/** Columns of the demo's own making: one of every type the Web API knows. */
const COLUMNS: readonly AttributeFile[] = [
  { ...text("new_Name", "Name", 100), isPrimaryName: true, requiredLevel: "ApplicationRequired" },
  memo("new_Remarks", "Remarks", 4000),
  whole("new_Attendees", "Attendees", -2_147_483_648, 2_147_483_647),
  bigWhole("new_ExternalNumber", "External Number"),
  decimalNumber("new_Ratio", "Ratio", 10),
  double("new_Fit", "Fit", 5),
  ...money("new_Budget", "Budget"),
  yesNo("new_Confirmed", "Confirmed"),
  date("new_PreferredDate", "Preferred Date"),
  moment("new_NextCallOn", "Next Call On", "UserLocal"),
  moment("new_DemoAt", "Demo At", "TimeZoneIndependent"),
  choice("new_Stage", "Stage", [
    { value: 100_000_000, label: "Curious" },
    { value: 100_000_001, label: "Evaluating" },
    { value: 100_000_002, label: "Decided" },
    { value: 100_000_003, label: 'On hold, "maybe later"' },
  ]),
  choices(
    "new_Products",
    "Products",
    PRODUCTS.map((label, value) => ({ value: value + 1, label })),
  ),
  lookup("new_ContactId", "Contact", ["contact"]),
  lookup("new_LeadId", "Lead", ["lead"]),
];

/** The custom entity of the demo organization: which products a contact or a lead has asked about. */
export const productInterest = customEntity({
  schemaName: "new_ProductInterest",
  label: "Product Interest",
  labels: "Product Interests",
  objectTypeCode: 10_042,
  columns: COLUMNS,
  reasons: [{ value: 100_000_000, label: "Waiting for Stock" }],
});
