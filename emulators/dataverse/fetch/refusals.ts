import { ApiError } from "../errors.ts";

/** The platform's codes for queries that cannot be understood. */
const CODES = {
  noEntity: "0x80041102",
  noAttribute: "0x80041103",
  noAlias: "0x8004110b",
  linkType: "0x80041117",
  aggregate: "0x8004111a",
  alias: "0x8004111b",
  node: "0x8004111c",
  operator: "0x80041120",
  filterType: "0x80041122",
  emptyXml: "0x80041124",
  noDocument: "0x80041125",
  orderLink: "0x80041126",
  top: "0x80041127",
  entities: "0x80041128",
  links: "0x8004430d",
  argument: "0x80040203",
} as const;

/** The refusal of a FetchXML query: 400 with the platform's code. */
export function badFetch(what: keyof typeof CODES, message: string): ApiError {
  return new ApiError(400, CODES[what], message);
}

export function noEntity(name: string): ApiError {
  return badFetch(
    "noEntity",
    `The entity with a name = '${name}' with namemapping = 'Logical' was not found in the MetadataCache.`,
  );
}

export function noAttribute(entity: string, name: string): ApiError {
  return badFetch(
    "noAttribute",
    `'${entity}' entity doesn't contain attribute with Name = '${name}' and NameMapping = 'Logical'.`,
  );
}
