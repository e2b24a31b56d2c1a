/** A refusal as the Web API words it: status, platform code and message. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

const PAYLOAD_HELP =
  "For more information on this error please follow this help link https://go.microsoft.com/fwlink/?linkid=2195293  ---->  InnerException : ";

/** `lead With Id = … Does Not Exist` */
export function doesNotExist(entity: string, id: string): ApiError {
  return new ApiError(404, "0x80040217", `${entity} With Id = ${id} Does Not Exist`);
}

/** A query that asks for something that is not there or not supported. */
export function badQuery(message: string): ApiError {
  return new ApiError(400, "0x80060888", message);
}

export function unknownProperty(name: string, entity: string): ApiError {
  return badQuery(`Could not find a property named '${name}' on type 'Microsoft.Dynamics.CRM.${entity}'.`);
}

/** The body of a write cannot be understood. */
export function badPayload(setName: string, inner: string): ApiError {
  const message = `Error identified in Payload provided by the user for Entity :'${setName}', ${PAYLOAD_HELP}${inner}`;
  return new ApiError(400, "0x80048d19", message);
}

export function segmentNotFound(segment: string): ApiError {
  return new ApiError(404, "0x8006088a", `Resource not found for the segment '${segment}'.`);
}

/** The address leads nowhere in the service, whatever the method. */
export function noResource(address: string): ApiError {
  return new ApiError(404, "", `No HTTP resource was found that matches the request URI '${address}'.`);
}

/** A record, or a link between two, that is there already. */
export function duplicateId(): ApiError {
  return new ApiError(412, "0x80040237", "A record with matching key values already exists.");
}

/** Rows that only the platform writes: the links of N:N relationships. */
export function noGenericWrites(entity: string, message: string): ApiError {
  return new ApiError(
    400,
    "0x80040800",
    `The '${message}' method does not support entities of type '${entity}'.`,
  );
}

export function invalidArgument(message: string): ApiError {
  return new ApiError(400, "0x80040203", message);
}

export function methodNotAllowed(method: string): ApiError {
  return new ApiError(405, "0x80060888", `The requested resource does not support http method '${method}'.`);
}
