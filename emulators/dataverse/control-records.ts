import type { Emulator } from "./emulator.ts";
import { ApiError } from "./errors.ts";
import type { Answer, ApiRequest } from "./message.ts";
import type { WireRecord } from "./record.ts";

interface RecordsPath {
  readonly url: URL;
  /** Entity and id. */
  readonly path: readonly string[];
}

/**
 * Answers `/emulator/records/<entity>[/<id>]`: reads and changes rows behind the Web API's back. What is read is what is
 * stored, every attribute that has a value, digits as text and lookups with their target.
 */
export function recordsAnswer(emulator: Emulator, request: ApiRequest, { url, path }: RecordsPath): Answer {
  const [entity = "", id] = path;
  if (!emulator.store.entities().includes(entity))
    throw new ApiError(404, "", `There is no entity ${entity}.`);
  switch (request.method) {
    case "GET":
      return id === undefined ? all(emulator, entity, url) : one(emulator, entity, id);
    case "POST":
      return insert(emulator, entity, { url, body: request.body });
    case "PATCH":
      emulator.store.update(entity, id ?? "", JSON.parse(request.body) as WireRecord);
      return json({});
    case "DELETE":
      emulator.store.remove(entity, id ?? "");
      return json({});
    default:
      throw new ApiError(405, "", `${request.method} is not possible here.`);
  }
}

function json(body: unknown): Answer {
  return { status: 200, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
}

function one({ store }: Emulator, entity: string, id: string): Answer {
  const record = store.get(entity, id);
  if (record === undefined) throw new ApiError(404, "", `${entity} has no record ${id}.`);
  return json(record);
}

const LINES_PER_CHUNK = 500;

/** All records in id order: a JSON array, or one record per line with `format=ndjson`. */
function all({ organization }: Emulator, entity: string, url: URL): Answer {
  const table = organization.table(entity);
  // The rows of this moment: writes may go on while the answer is being sent.
  const rows = Array.from(table.inIdOrder());
  function* lines(): Generator<string> {
    for (const row of rows) yield JSON.stringify(table.record(row));
  }
  if (url.searchParams.get("format") !== "ndjson") {
    return {
      status: 200,
      headers: { "Content-Type": "application/json" },
      body: `[${[...lines()].join(",")}]`,
    };
  }
  return {
    status: 200,
    headers: { "Content-Type": "application/x-ndjson" },
    body: { chunks: chunked(lines()) },
  };
}

function* chunked(lines: Iterable<string>): Generator<string> {
  let chunk = "";
  let count = 0;
  for (const line of lines) {
    chunk += `${line}\n`;
    count += 1;
    if (count % LINES_PER_CHUNK !== 0) continue;
    yield chunk;
    chunk = "";
  }
  yield chunk;
}

interface Insertion {
  readonly url: URL;
  readonly body: string;
}

/** Inserts a JSON array or lines of JSON; with `rules=true` as a Web API create would, which gives the ids. */
function insert({ store }: Emulator, entity: string, { url, body }: Insertion): Answer {
  const text = body.trim();
  const records = text.startsWith("[")
    ? (JSON.parse(text) as WireRecord[])
    : text
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line) as WireRecord);
  if (url.searchParams.get("rules") === "true")
    return json({ ids: records.map((record) => store.create(entity, record)) });
  return json({ inserted: store.insertMany(entity, records) });
}
