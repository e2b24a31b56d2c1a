/**
 * What the metadata part of the Web API answers, as far as it is asked.
 */
import * as z from "zod";

import { SyncError } from "../../core/errors.ts";
import { parseJson } from "../http/body.ts";

/** A name in the languages of the organization. */
export const labelled = z
  .object({
    UserLocalizedLabel: z.object({ Label: z.string().nullish() }).nullish(),
    LocalizedLabels: z.array(z.object({ Label: z.string().nullish() })).nullish(),
  })
  .nullish();

const option = z.object({ Value: z.number(), Label: labelled, State: z.number().nullish() });
const optionSet = z.object({ Options: z.array(option) }).nullish();

const attribute = z.object({
  LogicalName: z.string(),
  AttributeType: z.string().nullish(),
  AttributeTypeName: z.object({ Value: z.string().nullish() }).nullish(),
  AttributeOf: z.string().nullish(),
  DisplayName: labelled,
  RequiredLevel: z.object({ Value: z.string() }).nullish(),
  IsValidForRead: z.boolean().nullish(),
  IsValidForCreate: z.boolean().nullish(),
  IsValidForUpdate: z.boolean().nullish(),
  IsValidODataAttribute: z.boolean().nullish(),
});

const relationship = z.object({
  ReferencingAttribute: z.string(),
  ReferencedEntity: z.string(),
  ReferencingEntityNavigationPropertyName: z.string().nullish(),
});

const entity = z.object({
  LogicalName: z.string(),
  SchemaName: z.string().nullish(),
  EntitySetName: z.string().nullish(),
  PrimaryIdAttribute: z.string().nullish(),
  PrimaryNameAttribute: z.string().nullish(),
  DisplayName: labelled,
  ChangeTrackingEnabled: z.boolean().nullish(),
  CanChangeTrackingBeEnabled: z.object({ Value: z.boolean() }).nullish(),
  IsIntersect: z.boolean().nullish(),
  Attributes: z.array(attribute),
  ManyToOneRelationships: z.array(relationship),
});

/** The properties that only the derived kinds of attributes have. */
const detail = z.object({
  LogicalName: z.string(),
  MaxLength: z.number().nullish(),
  MinValue: z.number().nullish(),
  MaxValue: z.number().nullish(),
  Precision: z.number().nullish(),
  DateTimeBehavior: z.object({ Value: z.string().nullish() }).nullish(),
  Targets: z.array(z.string()).nullish(),
  OptionSet: z
    .object({
      Options: z.array(option).nullish(),
      TrueOption: option.nullish(),
      FalseOption: option.nullish(),
    })
    .nullish(),
  GlobalOptionSet: optionSet,
});

const details = z.object({ value: z.array(detail) });
const whoAmI = z.object({ UserId: z.string(), OrganizationId: z.string() });
const totals = z.object({
  EntityRecordCountCollection: z.object({ Keys: z.array(z.string()), Values: z.array(z.number()) }),
});

export type LabelAnswer = z.infer<typeof labelled>;
export type AttributeAnswer = z.infer<typeof attribute>;
export type EntityAnswer = z.infer<typeof entity>;
export type DetailAnswer = z.infer<typeof detail>;

export const readEntity = reader(entity, "a table definition");
export const readDetails = reader(details, "a list of column definitions");
export const readWhoAmI = reader(whoAmI, "a WhoAmI answer");
export const readTotals = reader(totals, "a count of records");

/** Makes a reader that answers `unexpected_answer` where the text has another shape. */
export function reader<T>(shape: z.ZodType<T>, what: string): (text: string) => T {
  return (text) => {
    const { success, data, error } = shape.safeParse(parseJson(text));
    if (success) return data;
    throw new SyncError("unexpected_answer", `The answer is JSON, but not ${what}.`, { cause: error });
  };
}

/** In the language of the application user; else in the organization's. */
export function labelText(answer: LabelAnswer): string | undefined {
  const own = answer?.UserLocalizedLabel?.Label;
  return own ?? answer?.LocalizedLabels?.[0]?.Label ?? undefined;
}
