import type { Answer } from "./message.ts";
import type { Organization } from "./organization.ts";
import type { WebCall } from "./web-call.ts";

interface Kept {
  readonly at: number;
  readonly answer: Answer;
}

const kept = new WeakMap<Organization, Map<string, Kept>>();

/**
 * The answer of a metadata address. The service keeps metadata for a while: with the setting `metadataStaleSeconds`, a
 * change of the schema shows only so much later, unless the client asks for `Consistency: Strong`.
 */
export function staleMetadata(call: WebCall, answer: () => Answer): Answer {
  const { organization, settings, request } = call;
  if (request.method !== "GET" || settings.metadataStaleSeconds === 0) return answer();
  const answers = kept.get(organization) ?? new Map<string, Kept>();
  kept.set(organization, answers);
  const found = answers.get(request.url);
  const now = organization.clock();
  const strong = request.headers["consistency"]?.toLowerCase() === "strong";
  if (found !== undefined && !strong && now - found.at < settings.metadataStaleSeconds * 1000)
    return found.answer;
  const fresh = answer();
  answers.set(request.url, { at: now, answer: fresh });
  return fresh;
}
