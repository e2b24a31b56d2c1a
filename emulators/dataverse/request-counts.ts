import type { ApiRequest } from "./message.ts";

/** How many requests of each kind came in, for tests and benches. */
export class RequestCounts {
  #counts = new Map<string, number>();

  add(request: ApiRequest, status: number): void {
    for (const name of [requestKind(request), `status:${status}`])
      this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  all(): Record<string, number> {
    return Object.fromEntries([...this.#counts].sort(([left], [right]) => (left < right ? -1 : 1)));
  }

  clear(): void {
    this.#counts.clear();
  }
}

const verb = (method: string): string => VERBS[method] ?? method;

const VERBS: Readonly<Record<string, string>> = {
  POST: "create",
  PATCH: "update",
  PUT: "update",
  DELETE: "delete",
};

/** One word for what a request wants: `token`, `metadata`, `tracked:leads`, `page:leads`, `record:leads`, `create:leads`, … */
export function requestKind(request: ApiRequest): string {
  const { method, url } = request;
  if (/\/oauth2\/(?:v2\.0\/)?token/.test(url)) return "token";
  const path = /\/api\/data\/v[\d.]+\/?([^?]*)/.exec(url)?.[1] ?? "";
  const [first = "", key] = firstSegment(path);
  const named = /Microsoft\.Dynamics\.CRM\.(\w+)/.exec(path)?.[1] ?? wellKnown(first);
  if (named !== undefined) return named;
  if (method !== "GET") return `${verb(method)}:${first}`;
  return key === undefined ? `${isTracked(request) ? "tracked" : "page"}:${first}` : `record:${first}`;
}

function firstSegment(path: string): (string | undefined)[] {
  return /^\/*([^(/]+)(\([^)]*\))?/.exec(path)?.slice(1) ?? [];
}

/** Paths that are no entity sets: metadata, `$batch`, unbound functions and actions. */
function wellKnown(first: string): string | undefined {
  if (first === "") return "service";
  if (first === "$batch") return "batch";
  if (first === "$metadata" || first.includes("Definitions")) return "metadata";
  return /^[A-Z]/.test(first) ? first : undefined;
}

function isTracked({ url, headers }: ApiRequest): boolean {
  return /deltatoken|istracking=%22True/i.test(url) || (headers["prefer"] ?? "").includes("track-changes");
}
