import { changeSetPart, httpPart, multipart, parseBatch } from "./batch-codec.ts";
import type { BatchPart, BatchRequest, PartAnswer } from "./batch-codec.ts";
import { ApiError, badQuery } from "./errors.ts";
import { replacement } from "./faults.ts";
import type { Answer, ApiRequest } from "./message.ts";
import { parseQuery, preferences } from "./message.ts";
import { refusal } from "./refusal.ts";
import { demandSize } from "./size-limits.ts";
import type { WebCall } from "./web-call.ts";

const MOST_OPERATIONS = 1000;

/** Answers one call; `batch.ts` is told which function does so, because that one answers batches too. */
type Answering = (call: WebCall) => Answer;

/** Answers `POST $batch`: parts in order, change sets all or nothing, the rest after an error only when asked for. */
export function answerBatch(call: WebCall, answering: Answering): Answer {
  const contentType = call.request.headers["content-type"] ?? "";
  const parts = parseBatch(contentType, call.request.body, call.settings.strictBatchLineEnds);
  const operations = parts.reduce(
    (sum, part) => sum + (part.kind === "request" ? 1 : part.requests.length),
    0,
  );
  if (operations > MOST_OPERATIONS)
    throw badQuery(`The batch has ${operations} operations; ${MOST_OPERATIONS} are allowed.`);
  const texts: string[] = [];
  let status = 200;
  for (const part of parts) {
    const done =
      part.kind === "request" ? single(call, part.request, answering) : changeSet(call, part, answering);
    texts.push(done.text);
    if (done.status < 400 || call.prefer.continueOnError) continue;
    status = done.status;
    break;
  }
  const boundary = `batchresponse_${call.organization.newId()}`;
  const headers = { "Content-Type": `multipart/mixed; boundary=${boundary}`, "OData-Version": "4.0" };
  return { status, headers, body: multipart(boundary, texts) };
}

interface Done {
  readonly text: string;
  readonly status: number;
}

function single(call: WebCall, request: BatchRequest, answering: Answering): Done {
  const answer = attempt(call, request, { answering, references: new Map() });
  return { text: httpPart({ answer, contentId: request.contentId }), status: answer.status };
}

/** Carries the refusal out of a transaction, so that everything before it is taken back. */
class ChangeSetFailed extends Error {
  readonly failed: PartAnswer;

  constructor(failed: PartAnswer) {
    super("change set failed");
    this.failed = failed;
  }
}

function changeSet(call: WebCall, part: BatchPart & { kind: "changeset" }, answering: Answering): Done {
  const answers: PartAnswer[] = [];
  try {
    call.organization.transaction(() => runChangeSet(call, part.requests, { answering, answers }));
  } catch (error) {
    if (!(error instanceof ChangeSetFailed)) throw error;
    const { failed } = error;
    const text =
      call.settings.failedChangeSet === "part" ? httpPart(failed) : changeSetAnswer(call, [failed]);
    return { text, status: failed.answer.status };
  }
  return { text: changeSetAnswer(call, answers), status: 200 };
}

function changeSetAnswer(call: WebCall, answers: readonly PartAnswer[]): string {
  return changeSetPart(`changesetresponse_${call.organization.newId()}`, answers);
}

interface Running {
  readonly answering: Answering;
  readonly answers: PartAnswer[];
}

function runChangeSet(
  call: WebCall,
  requests: readonly BatchRequest[],
  { answering, answers }: Running,
): void {
  const references = new Map<string, string>();
  for (const request of requests) {
    const { contentId } = request;
    const answer =
      request.method === "GET"
        ? refusal(badQuery("A GET request is not allowed in a change set."), call.request, call.settings)
        : attempt(call, request, { answering, references });
    if (answer.status >= 400) throw new ChangeSetFailed({ answer, contentId });
    answers.push({ answer, contentId });
    const address = answer.headers["OData-EntityId"];
    if (contentId !== undefined && address !== undefined) references.set(contentId, address);
  }
}

interface Attempt {
  readonly answering: Answering;
  /** Addresses of the records that earlier requests of the change set made, by content id. */
  readonly references: ReadonlyMap<string, string>;
}

function attempt(call: WebCall, request: BatchRequest, { answering, references }: Attempt): Answer {
  try {
    const inner = innerCall(call, request, references);
    demandSize(inner.request, call.settings.largestBody, true);
    return struck(inner) ?? answering(inner);
  } catch (error) {
    const headers = { ...call.request.headers, ...request.headers };
    return refusal(error, { ...call.request, headers }, call.settings);
  }
}

/** What a fault answers in the place of one request of a batch. */
function struck({ faults, request, organization }: WebCall): Answer | undefined {
  for (const effect of faults.strike(request, true)) {
    const instead = effect.type === "status" ? replacement(effect, organization.clock()) : undefined;
    if (instead !== undefined) return instead;
  }
  return undefined;
}

/** The call that a part stands for: the batch's own, with the part's address, headers and body. */
function innerCall(call: WebCall, part: BatchRequest, references: ReadonlyMap<string, string>): WebCall {
  const target = resolved(part.target, references);
  const question = target.indexOf("?");
  const address = question < 0 ? target : target.slice(0, question);
  const below = address.startsWith(call.api)
    ? address.slice(call.api.length)
    : address.replace(/^.*?\/api\/data\/v[\d.]+/, "");
  const path = below.replace(/^\/+/, "").replace(/\/+$/, "");
  if (path.startsWith("$batch")) throw badQuery("A batch cannot contain a batch.");
  const headers = {
    ...call.request.headers,
    prefer: "",
    "if-match": "",
    "if-none-match": "",
    ...part.headers,
  };
  const request: ApiRequest = {
    method: part.method,
    url: `${call.api}/${path}${question < 0 ? "" : target.slice(question)}`,
    headers: Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== "")),
    body: resolvedBody(part.body, references),
  };
  const query = parseQuery(question < 0 ? "" : target.slice(question + 1));
  return { ...call, request, path, query, prefer: preferences(part.headers["prefer"]) };
}

function unknownReference(id: string): ApiError {
  return new ApiError(
    400,
    "0x80048d19",
    `Content-ID Reference: '$${id}' does not exist in the batch context.`,
  );
}

/** A target that begins with `$1`: the address of the record that part 1 made. */
function resolved(target: string, references: ReadonlyMap<string, string>): string {
  const match = /^\/?\$(\w+)(?=\/|$|\?)/.exec(target);
  if (match === null || match[1] === "batch" || match[1] === "metadata") return target;
  const address = references.get(match[1] ?? "");
  if (address === undefined) throw unknownReference(match[1] ?? "");
  return address + target.slice(match[0].length);
}

/** References stand as whole strings: `"customerid_account@odata.bind":"$1"`. */
function resolvedBody(body: string, references: ReadonlyMap<string, string>): string {
  return body.replaceAll(/(@odata\.(?:bind|id)"\s*:\s*)"\/?\$(\w+)"/g, (_, name: string, id: string) => {
    const address = references.get(id);
    if (address === undefined) throw unknownReference(id);
    return `${name}${JSON.stringify(address)}`;
  });
}
