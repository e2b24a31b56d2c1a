import { ApiError } from "./errors.ts";
import type { ApiRequest } from "./message.ts";

/** An address may be so long, in characters; inside a batch, which exists for longer ones, twice as long. */
const LONGEST_ADDRESS = 32_768;
const LONGEST_IN_BATCH = 65_536;

/** Refuses addresses and bodies that are too large for the service. */
export function demandSize({ url, body }: ApiRequest, largestBody: number, inBatch = false): void {
  if (url.length > (inBatch ? LONGEST_IN_BATCH : LONGEST_ADDRESS))
    throw new ApiError(414, "", "The request URI is too long.");
  if (body.length > largestBody) throw new ApiError(413, "", "The request length is too large.");
}
