import type { Depth, PrivilegeType } from "./access.ts";
import type { Emulator } from "./emulator.ts";
import { ApiError } from "./errors.ts";
import type { FaultRule } from "./faults.ts";
import { recordsAnswer } from "./control-records.ts";
import type { Answer, ApiRequest } from "./message.ts";
import type { OrganizationSnapshot } from "./organization.ts";
import { plugInFrom } from "./plug-in-rules.ts";
import type { PlugInRule } from "./plug-in-rules.ts";
import type { AttributeFile, EntityFile, Option } from "./schema.ts";
import type { ApplicationUser } from "./sign-in.ts";

interface ControlCall {
  readonly emulator: Emulator;
  readonly request: ApiRequest;
  readonly url: URL;
  /** Path segments below `/emulator`. */
  readonly path: readonly string[];
}

/** Answers the control API under `/emulator`: no sign-in, no limits, no faults. `docs/emulator.md` describes it. */
export function answerControl(emulator: Emulator, request: ApiRequest, url: URL): Answer {
  const path = url.pathname
    .split("/")
    .slice(2)
    .map(decodeURIComponent)
    .filter((part) => part !== "");
  const call = { emulator, request, url, path };
  try {
    const [topic = ""] = path;
    if (topic === "records") return recordsAnswer(emulator, request, { url, path: path.slice(1) });
    const topics: Readonly<Record<string, (() => unknown) | undefined>> = {
      ...reading(call),
      ...writing(call),
    };
    const run = topics[`${request.method} ${topic}`.trim()];
    if (run === undefined) return json(404, { error: `There is no ${request.method} ${url.pathname}.` });
    return json(200, run() ?? {});
  } catch (error) {
    const status = error instanceof ApiError ? error.status : 400;
    return json(status, { error: error instanceof Error ? error.message : String(error) });
  }
}

export function json(status: number, body: unknown): Answer {
  return { status, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
}

function bodyOf({ request }: ControlCall): unknown {
  return request.body === "" ? {} : JSON.parse(request.body);
}

function reading(call: ControlCall): Record<string, () => unknown> {
  const { emulator } = call;
  return {
    GET: () => overview(emulator),
    "GET settings": () => emulator.settings,
    "GET limits": () => emulator.limits.settings,
    "GET faults": () => emulator.faults.list(),
    "GET stats": () => emulator.counts.all(),
    "DELETE stats": () => emulator.counts.clear(),
    "DELETE faults": () => emulator.faults.clear(),
    "DELETE plug-ins": () => removePlugIns(emulator),
  };
}

function overview(emulator: Emulator): unknown {
  const { organization, authority, store } = emulator;
  return {
    organization: organization.name,
    standard: organization.standard,
    version: organization.version,
    now: new Date(organization.clock()).toISOString(),
    credentials: authority.credentials,
    applicationUser: emulator.applicationUser,
    counts: Object.fromEntries(store.entities().map((entity) => [entity, store.count(entity)])),
  };
}

function writing(call: ControlCall): Record<string, () => unknown> {
  const { emulator } = call;
  return {
    "POST settings": () => Object.assign(emulator.settings, bodyOf(call)),
    "POST limits": () => Object.assign(emulator.limits.settings, bodyOf(call)),
    "POST credentials": () => Object.assign(emulator.authority.credentials, bodyOf(call)),
    "POST faults": () => ({ id: emulator.faults.add(bodyOf(call) as FaultRule) }),
    "POST plug-ins": () => addPlugIn(emulator, bodyOf(call) as PlugInRule),
    "POST access": () => grant(emulator, bodyOf(call) as Grant),
    "POST application-user": () => {
      emulator.applicationUser = (bodyOf(call) as { state: ApplicationUser }).state;
    },
    "POST expire-tokens": () => emulator.authority.expireAll(),
    "POST clock": () =>
      emulator.advanceClock((bodyOf(call) as { advanceMilliseconds: number }).advanceMilliseconds),
    "POST snapshot": () => ({ snapshot: takeSnapshot(emulator) }),
    "POST restore": () => restore(emulator, (bodyOf(call) as { snapshot: number }).snapshot),
    "POST schema": () => changeSchema(emulator, bodyOf(call) as SchemaChange),
  };
}

/** How to take the plug-ins out again that were added here, per emulator. */
const plugIns = new WeakMap<Emulator, (() => void)[]>();

function addPlugIn(emulator: Emulator, rule: PlugInRule): void {
  const added = plugIns.get(emulator) ?? [];
  plugIns.set(emulator, added);
  added.push(emulator.plugIns.register(plugInFrom(emulator, rule)));
}

function removePlugIns(emulator: Emulator): void {
  for (const remove of plugIns.get(emulator)?.splice(0) ?? []) remove();
}

interface Grant {
  readonly entity: string;
  readonly privilege: PrivilegeType;
  readonly depth: Depth;
  /** Default: the application user. */
  readonly user?: string;
}

function grant({ access, organization }: Emulator, { entity, privilege, depth, user }: Grant): void {
  access.set(user ?? organization.standard.applicationUser, entity, privilege, depth);
}

/** Moments kept per emulator, by number. */
const snapshots = new WeakMap<Emulator, OrganizationSnapshot[]>();

function takeSnapshot(emulator: Emulator): number {
  const taken = snapshots.get(emulator) ?? [];
  snapshots.set(emulator, taken);
  return taken.push(emulator.organization.snapshot()) - 1;
}

function restore(emulator: Emulator, number: number): void {
  const snapshot = snapshots.get(emulator)?.[number];
  if (snapshot === undefined) throw new Error(`There is no snapshot ${number}.`);
  emulator.organization.restore(snapshot);
}

/** One change of the schema; exactly one member beside `entity` says which. */
interface SchemaChange {
  readonly define?: EntityFile;
  readonly entity?: string;
  readonly removeEntity?: boolean;
  readonly addAttribute?: AttributeFile;
  readonly removeAttribute?: string;
  readonly relabel?: {
    readonly attribute: string;
    readonly displayName?: string;
    readonly options?: readonly Option[];
  };
  readonly changeTracking?: boolean;
  readonly addKey?: { readonly logicalName: string; readonly keyAttributes: readonly string[] };
}

function changeSchema({ schema }: Emulator, change: SchemaChange): void {
  const entity = change.entity ?? "";
  if (change.define !== undefined) schema.define(change.define);
  if (change.removeEntity === true) schema.removeEntity(entity);
  if (change.addAttribute !== undefined) schema.addAttribute(entity, change.addAttribute);
  if (change.removeAttribute !== undefined) schema.removeAttribute(entity, change.removeAttribute);
  if (change.relabel !== undefined) schema.relabel(entity, change.relabel.attribute, change.relabel);
  if (change.changeTracking !== undefined) schema.setChangeTracking(entity, change.changeTracking);
  if (change.addKey !== undefined)
    schema.addKey(entity, change.addKey.logicalName, change.addKey.keyAttributes);
}
