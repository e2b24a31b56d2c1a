import { parseXml, XmlError } from "../xml.ts";
import type { XmlElement } from "../xml.ts";
import type {
  FetchAttribute,
  FetchCondition,
  FetchEntity,
  FetchFilter,
  FetchLink,
  FetchOrder,
  FetchQuery,
  LinkType,
} from "./query.ts";
import { badFetch } from "./refusals.ts";

const MOST_LINKS = 15;

/** Reads a FetchXML query; refuses what is no query, and elements and attributes that do not exist. */
export function readQuery(source: string): FetchQuery {
  const root = document(source);
  demandKnown(root);
  if (count(root, "link-entity") > MOST_LINKS)
    throw badFetch("links", "Number of link entities in query exceeded maximum limit.");
  const [entity] = root.children;
  if (entity === undefined || root.children.length > 1)
    throw badFetch("noDocument", "A fetch element has one entity element.");
  return {
    entity: entityFrom(entity),
    top: wholeAttribute(root, "top"),
    count: wholeAttribute(root, "count"),
    page: wholeAttribute(root, "page") ?? 1,
    cookie: root.attributes.get("paging-cookie") || undefined,
    aggregate: flag(root, "aggregate"),
    aggregateLimit: wholeAttribute(root, "aggregatelimit"),
    distinct: flag(root, "distinct"),
    counted: flag(root, "returntotalrecordcount"),
    rawOrder: flag(root, "useraworderby"),
  };
}

function document(source: string): XmlElement {
  if (source.trim() === "") throw badFetch("emptyXml", "The FetchXML is empty.");
  try {
    const root = parseXml(source);
    if (root.name === "fetch") return root;
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
    throw badFetch("noDocument", `Invalid XML. ${error.message}`);
  }
  throw badFetch("noDocument", "The root element of FetchXML is fetch.");
}

interface Kind {
  readonly attributes: readonly string[];
  readonly children: readonly string[];
}

const WITHIN_ENTITY = ["attribute", "all-attributes", "no-attrs", "order", "filter", "link-entity"];

/** Which attributes and children each element may have. */
const KINDS: Readonly<Record<string, Kind>> = {
  fetch: {
    attributes:
      "version output-format mapping no-lock latematerialize options utc-offset datasource savedqueryid top count page paging-cookie aggregate aggregatelimit distinct returntotalrecordcount useraworderby".split(
        " ",
      ),
    children: ["entity"],
  },
  entity: { attributes: ["name", "enableprefiltering"], children: WITHIN_ENTITY },
  "link-entity": {
    attributes: ["name", "from", "to", "alias", "link-type", "visible", "intersect", "enableprefiltering"],
    children: WITHIN_ENTITY,
  },
  attribute: {
    attributes: [
      "name",
      "alias",
      "aggregate",
      "groupby",
      "dategrouping",
      "distinct",
      "usertimezone",
      "build",
    ],
    children: [],
  },
  "all-attributes": { attributes: [], children: [] },
  "no-attrs": { attributes: [], children: [] },
  order: { attributes: ["attribute", "alias", "entityname", "descending"], children: [] },
  filter: {
    attributes: ["type", "isquickfindfields", "hint", "overridequickfindrecordlimitenabled"],
    children: ["condition", "filter", "link-entity"],
  },
  condition: {
    attributes: ["attribute", "operator", "value", "valueof", "entityname", "uiname", "uitype", "uihidden"],
    children: ["value"],
  },
  value: { attributes: ["uiname", "uitype"], children: [] },
};

function demandKnown(element: XmlElement): void {
  const { attributes, children } = KINDS[element.name] ?? { attributes: [], children: [] };
  for (const name of element.attributes.keys()) {
    if (!attributes.includes(name))
      throw badFetch("node", `The attribute '${name}' is not known on the element '${element.name}'.`);
  }
  for (const child of element.children) {
    if (!children.includes(child.name))
      throw badFetch(
        "node",
        `Invalid Child Node, valid nodes are ${children.join(", ")}. NodeName = ${child.name} NodeXml = <${child.name} />`,
      );
    demandKnown(child);
  }
}

function count(element: XmlElement, name: string): number {
  return element.children.reduce((sum, child) => sum + count(child, name), element.name === name ? 1 : 0);
}

function named(element: XmlElement, name: string): XmlElement[] {
  return element.children.filter((child) => child.name === name);
}

function entityFrom(element: XmlElement): FetchEntity {
  return {
    name: required(element, "name"),
    allAttributes: named(element, "all-attributes").length > 0,
    attributes: named(element, "attribute").map(attributeFrom),
    orders: named(element, "order").map(orderFrom),
    filters: named(element, "filter").map(filterFrom),
    links: named(element, "link-entity").map((link) => linkFrom(link, JOINING)),
  };
}

const JOINING: readonly LinkType[] = ["inner", "outer", "exists", "in", "matchfirstrowusingcrossapply"];
const ASKING: readonly LinkType[] = ["any", "not any", "all", "not all"];

function linkFrom(element: XmlElement, types: readonly LinkType[]): FetchLink {
  const wanted = element.attributes.get("link-type") ?? types[0];
  const type = types.find((candidate) => candidate === wanted);
  if (type === undefined) throw badFetch("linkType", `The link type '${wanted}' is not valid here.`);
  return {
    ...entityFrom(element),
    from: required(element, "from"),
    to: required(element, "to"),
    alias: element.attributes.get("alias"),
    type,
  };
}

function attributeFrom(element: XmlElement): FetchAttribute {
  const { attributes } = element;
  return {
    name: required(element, "name"),
    alias: attributes.get("alias"),
    aggregate: attributes.get("aggregate"),
    groupBy: flag(element, "groupby"),
    dateGrouping: attributes.get("dategrouping"),
    distinct: flag(element, "distinct"),
  };
}

function orderFrom(element: XmlElement): FetchOrder {
  const { attributes } = element;
  return {
    entityName: attributes.get("entityname"),
    attribute: attributes.get("attribute"),
    alias: attributes.get("alias"),
    descending: flag(element, "descending"),
  };
}

function filterFrom(element: XmlElement): FetchFilter {
  const type = element.attributes.get("type") ?? "and";
  if (type !== "and" && type !== "or")
    throw badFetch("filterType", `Invalid filter type '${type}'. Valid types are 'and' and 'or'.`);
  return {
    type,
    conditions: named(element, "condition").map(conditionFrom),
    filters: named(element, "filter").map(filterFrom),
    links: named(element, "link-entity").map((link) => linkFrom(link, ASKING)),
  };
}

function conditionFrom(element: XmlElement): FetchCondition {
  const { attributes } = element;
  const inside = named(element, "value").map(({ text }) => text);
  const value = attributes.get("value");
  return {
    entityName: attributes.get("entityname"),
    attribute: required(element, "attribute"),
    operator: required(element, "operator"),
    // The values of elements come before an empty one that query builders leave behind.
    values: inside.length > 0 || value === undefined ? inside : [value],
    valueOf: attributes.get("valueof"),
  };
}

function required(element: XmlElement, name: string): string {
  const value = element.attributes.get(name);
  if (value !== undefined && value !== "") return value;
  throw badFetch("node", `The element '${element.name}' needs the attribute '${name}'.`);
}

function flag(element: XmlElement, name: string): boolean {
  const value = element.attributes.get(name) ?? "false";
  if (value === "true" || value === "1") return true;
  if (value === "false" || value === "0") return false;
  throw badFetch("argument", `'${value}' is no yes or no for '${name}'.`);
}

function wholeAttribute(element: XmlElement, name: string): number | undefined {
  const value = element.attributes.get(name);
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value) && Number(value) > 0) return Number(value);
  const what = name === "top" ? "top" : "argument";
  throw badFetch(what, `The value '${value}' of '${name}' is no whole number greater than zero.`);
}
