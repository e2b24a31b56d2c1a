/**
 * From column definitions of the Web API to attributes Tandem can carry, and to those it leaves out, with the reason.
 */
import type {
  Attribute,
  AttributeType,
  Choice,
  DateBehavior,
  LeftOutAttribute,
} from "../../core/organization.ts";
import type { AttributeAnswer, DetailAnswer, EntityAnswer } from "./metadata.ts";
import { labelText } from "./metadata.ts";

const CARRIED: ReadonlySet<string> = new Set<AttributeType>([
  "String",
  "Memo",
  "Integer",
  "BigInt",
  "Decimal",
  "Double",
  "Money",
  "Boolean",
  "DateTime",
  "Picklist",
  "State",
  "Status",
  "Lookup",
  "Owner",
  "Customer",
  "Uniqueidentifier",
  "EntityName",
]);

const LEFT_OUT: Readonly<Record<string, string>> = {
  ImageType: "Images are not copied; the record stays whole without it.",
  FileType: "Files are not copied; the record stays whole without it.",
  PartyListType: "A list of parties is many records, not a value.",
  ManagedPropertyType: "It belongs to the solution, not to the record.",
  CalendarRulesType: "Calendar rules are many records, not a value.",
};

export interface SortedAttributes {
  readonly attributes: readonly Attribute[];
  readonly leftOut: readonly LeftOutAttribute[];
}

export function sortAttributes(entity: EntityAnswer, details: readonly DetailAnswer[]): SortedAttributes {
  const detailOf = new Map(details.map((detail) => [detail.LogicalName, detail]));
  const navigation = navigationOf(entity);
  const attributes: Attribute[] = [];
  const leftOut: LeftOutAttribute[] = [];
  for (const answer of entity.Attributes) {
    const name = answer.LogicalName;
    const reason = reasonToLeaveOut(answer);
    if (reason === undefined)
      attributes.push(attributeOf(answer, detailOf.get(name), navigation.get(name) ?? ownNavigation(answer)));
    else leftOut.push({ name, label: labelText(answer.DisplayName) ?? name, type: typeName(answer), reason });
  }
  return { attributes: attributes.sort(byName), leftOut: leftOut.sort(byName) };
}

/** Multi-choice columns call themselves `Virtual`, and only the type's name tells. */
export function attributeType(answer: AttributeAnswer): AttributeType | undefined {
  if (answer.AttributeTypeName?.Value === "MultiSelectPicklistType") return "MultiSelectPicklist";
  const type = answer.AttributeType ?? "";
  return CARRIED.has(type) ? (type as AttributeType) : undefined;
}

function reasonToLeaveOut(answer: AttributeAnswer): string | undefined {
  const special = LEFT_OUT[answer.AttributeTypeName?.Value ?? ""];
  if (special !== undefined) return special;
  if (typeof answer.AttributeOf === "string" && answer.AttributeOf !== "") {
    return `It repeats ${answer.AttributeOf} in another form; that column carries the value.`;
  }
  if (answer.IsValidForRead === false) return "Dynamics does not let it be read.";
  if (answer.IsValidODataAttribute === false) return "The Web API does not offer it.";
  if (attributeType(answer) === undefined) return "It has no value of its own.";
  return undefined;
}

function attributeOf(
  answer: AttributeAnswer,
  detail: DetailAnswer | undefined,
  navigation: Readonly<Record<string, string>>,
): Attribute {
  const name = answer.LogicalName;
  const type = attributeType(answer) ?? "String";
  return {
    name,
    label: labelText(answer.DisplayName) ?? name,
    type,
    property: isLookup(type) ? `_${name}_value` : name,
    required: requiredOf(answer),
    readable: true,
    creatable: answer.IsValidForCreate ?? false,
    updatable: answer.IsValidForUpdate ?? false,
    ...limitsOf(detail),
    ...present("choices", choicesOf(detail)),
    ...(type === "DateTime" ? { dateBehavior: behaviorOf(detail) } : {}),
    ...(isLookup(type) ? lookupOf(detail, navigation) : {}),
  };
}

/** Assigning is documented as `ownerid@odata.bind` for every table; some descriptions do not name that relationship. */
function ownNavigation(answer: AttributeAnswer): Readonly<Record<string, string>> {
  return attributeType(answer) === "Owner" ? { owner: answer.LogicalName } : {};
}

function limitsOf(
  detail: DetailAnswer | undefined,
): Partial<Pick<Attribute, "maxLength" | "precision" | "minValue" | "maxValue">> {
  return {
    ...present("maxLength", detail?.MaxLength),
    ...present("precision", detail?.Precision),
    ...present("minValue", detail?.MinValue),
    ...present("maxValue", detail?.MaxValue),
  };
}

function lookupOf(
  detail: DetailAnswer | undefined,
  navigation: Readonly<Record<string, string>>,
): Pick<Attribute, "targets" | "navigation"> {
  const targets = detail?.Targets ?? Object.keys(navigation);
  // Owners are related to the abstract table `owner`; one navigation property serves users and teams.
  const pairs = targets.map((target) => [target, navigation[target] ?? navigation["owner"]] as const);
  return {
    targets,
    navigation: Object.fromEntries(pairs.flatMap(([target, name]) => (name ? [[target, name]] : []))),
  };
}

function isLookup(type: AttributeType): boolean {
  return type === "Lookup" || type === "Owner" || type === "Customer";
}

function requiredOf({ RequiredLevel: level }: AttributeAnswer): Attribute["required"] {
  switch (level?.Value) {
    case "Recommended":
    case "ApplicationRequired":
    case "SystemRequired":
      return level.Value;
    default:
      return "None";
  }
}

function behaviorOf(detail: DetailAnswer | undefined): DateBehavior {
  const value = detail?.DateTimeBehavior?.Value;
  return value === "DateOnly" || value === "TimeZoneIndependent" ? value : "UserLocal";
}

function choicesOf(detail: DetailAnswer | undefined): readonly Choice[] | undefined {
  const set = detail?.OptionSet;
  const options = set?.Options ?? detail?.GlobalOptionSet?.Options;
  const pair = [set?.FalseOption, set?.TrueOption].filter(
    (option) => option !== null && option !== undefined,
  );
  const all = options ?? (pair.length === 0 ? undefined : pair);
  return all?.map(({ Value, Label, State }) => ({
    value: Value,
    label: labelText(Label) ?? String(Value),
    ...present("state", State),
  }));
}

/** Lookups are written through navigation properties, one per target; their names are not those of the columns. */
function navigationOf(entity: EntityAnswer): ReadonlyMap<string, Readonly<Record<string, string>>> {
  const found = new Map<string, Record<string, string>>();
  for (const relationship of entity.ManyToOneRelationships) {
    const { ReferencingAttribute: attribute, ReferencedEntity: target } = relationship;
    const name = relationship.ReferencingEntityNavigationPropertyName;
    if (typeof name === "string") found.set(attribute, { ...found.get(attribute), [target]: name });
  }
  return found;
}

function present<K extends string, V>(key: K, value: V | null | undefined): Partial<Record<K, V>> {
  return value === null || value === undefined ? {} : ({ [key]: value } as Record<K, V>);
}

function typeName({ AttributeTypeName: named, AttributeType: type }: AttributeAnswer): string {
  return named?.Value?.replace(/Type$/u, "") ?? type ?? "unknown";
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}
