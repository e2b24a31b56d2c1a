import { onWire } from "../codec.ts";
import { valueAnnotations } from "../columns.ts";
import type { Annotated } from "../columns.ts";
import type { Attribute } from "../schema.ts";
import { attributeOf } from "./joins.ts";
import type { Joined, Node, Nodes } from "./joins.ts";
import type { FetchAttribute } from "./query.ts";

/** A column of the results. */
export interface ResultColumn {
  readonly node: Node;
  readonly attribute: Attribute;
  /** Its name on the wire. */
  readonly name: string;
}

/** The columns of the results: those of the query's own entity with its id, then those of its links. */
export function resultColumns(nodes: Nodes, distinct: boolean): ResultColumn[] {
  const { root } = nodes;
  const own = chosen(root);
  const plain = own.filter(({ alias }) => alias === undefined).map(({ attribute }) => attribute);
  const currency = root.table.entity.attributes.get("transactioncurrencyid");
  const key = root.table.entity.attributes.get(root.table.entity.primaryIdAttribute);
  const added = [
    ...(plain.some(({ kind }) => kind === "money") && currency !== undefined ? [currency] : []),
    ...(!distinct && key !== undefined ? [key] : []),
  ].filter((attribute) => !plain.includes(attribute));
  const links = nodes.all.filter((node) => node !== root);
  return [
    ...own.map(({ attribute, alias }) => ({ node: root, attribute, name: alias ?? propertyOf(attribute) })),
    ...added.map((attribute) => ({ node: root, attribute, name: propertyOf(attribute) })),
    ...links.flatMap(linkColumns),
  ];
}

interface Chosen {
  readonly attribute: Attribute;
  readonly alias: string | undefined;
}

/** An entity without any attribute element shows all its columns, a link without one shows none. */
function chosen({ table, element, index }: Node): Chosen[] {
  const everything = element.allAttributes || (index === 0 && element.attributes.length === 0);
  if (!everything)
    return element.attributes.map(({ name, alias }: FetchAttribute) => ({
      attribute: attributeOf(table, name),
      alias,
    }));
  return [...table.entity.attributes.values()]
    .filter(
      ({ property, isValidForRead, kind }) => property !== undefined && isValidForRead && kind !== "image",
    )
    .map((attribute) => ({ attribute, alias: undefined }));
}

function linkColumns(node: Node): ResultColumn[] {
  return chosen(node).map(({ attribute, alias }) => ({
    node,
    attribute,
    name: alias ?? `${node.alias}_x002e_${attribute.logicalName}`,
  }));
}

function propertyOf({ property, logicalName }: Attribute): string {
  return property ?? logicalName;
}

/** The members of a result's object; columns without a value are left out. Each has a comma in front. */
export function resultMembers(asked: Annotated, columns: readonly ResultColumn[], joined: Joined): string {
  let text = "";
  for (const { node, attribute, name } of columns) {
    const row = joined[node.index];
    const stored = row && node.table.text(row, attribute.logicalName);
    if (stored === undefined) continue;
    text += valueAnnotations(asked, node.table.entity, { attribute, name }, stored);
    text += `,"${name}":${onWire(attribute, stored)}`;
  }
  return text;
}

/** What the context shows in parentheses: lookups come with their navigation property, which is not expanded. */
export function contextColumns(nodes: Nodes, columns: readonly ResultColumn[]): string {
  const { element } = nodes.root;
  if (element.allAttributes || element.attributes.length === 0) return "";
  const own = columns.filter(({ node }) => node === nodes.root);
  const names = own.flatMap(({ attribute, name }) =>
    attribute.kind === "lookup" ? [name, attribute.logicalName] : [name],
  );
  const lookups = own
    .filter(({ attribute }) => attribute.kind === "lookup")
    .map(({ attribute }) => `${attribute.logicalName}()`);
  return `(${[...names, ...lookups].join(",")})`;
}
