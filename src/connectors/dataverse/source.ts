/**
 * Dynamics 365 (Dataverse) as a source and a sink of the engine: everything is built and wired here.
 */
import type { Backoff } from "../../core/backoff.ts";
import type { ListSink } from "../../core/list-port.ts";
import type { Source, Wait } from "../../core/ports.ts";
import type { Sink } from "../../core/sink-port.ts";
import type { LimiterReport } from "../http/limiter.ts";
import { AdaptiveLimiter } from "../http/limiter.ts";
import type { Timing } from "../http/timing.ts";
import { systemTiming } from "../http/timing.ts";
import type { TlsFiles } from "../http/tls.ts";
import type { Transport } from "../http/transport.ts";
import { counted } from "../http/transport.ts";
import { openUndici } from "../http/undici-transport.ts";
import { DataverseClient } from "./client.ts";
import { readCounts } from "./counts.ts";
import { chosenRecords } from "./chosen-records.ts";
import type { Credential } from "./credential.ts";
import { TokenKeeper } from "./credential.ts";
import { describeOrganization } from "./describe.ts";
import { provenExisting } from "./existing.ts";
import type { PollingOptions } from "./feed-start.ts";
import { feedPages } from "./feed.ts";
import { findRecords } from "./find-records.ts";
import { openMemberLists } from "./member-lists.ts";
import { mergeRecords } from "./merge-records.ts";
import type { AddressOptions } from "./organization-address.ts";
import { organizationAddress } from "./organization-address.ts";
import { readOrganizationMap } from "./organization-map.ts";
import { PageThread } from "./page-thread.ts";
import { qualifyLead } from "./qualify-lead.ts";
import { readRecords } from "./read-records.ts";
import type { ServiceLimits } from "./service-signs.ts";
import type { SignIn } from "./sign-in.ts";
import { credentialFor } from "./sign-in.ts";
import { readVersions } from "./versions.ts";
import { RecordWriter } from "./write-records.ts";

export interface DataverseOptions extends AddressOptions {
  readonly signIn: SignIn | Credential;
  readonly tls?: TlsFiles;
  /** Default: undici over sockets. A simulation hands in a function that answers in this process. */
  readonly transport?: Transport;
  /** Stands around the transport, to watch what is sent; told to sign-ins too, those of Microsoft's library left out. */
  readonly around?: (transport: Transport) => Transport;
  readonly timing?: Timing;
  /** Default: half a second doubling up to 30 s, 8 attempts. */
  readonly backoff?: Backoff;
  /** A longer wait than this ends the read with `throttled`, to go on in a later cycle. Default 5 minutes. */
  readonly longestWaitMs?: number;
  /** Requests at once at most, whatever the service recommends. Default 16. */
  readonly connections?: number;
  readonly polling?: Partial<PollingOptions>;
  /** Records written by one request at most. Default 100; the service takes 1,000. */
  readonly writesInOneRequest?: number;
  /** Bytes of a page, unpacked, from which on a thread of its own reads it. Default 256 KiB. */
  readonly largePage?: number;
  /** Told of each wait before it is entered. */
  readonly onWait?: (wait: Wait) => void;
}

export interface DataverseSource extends Source, Sink, ListSink {
  /** What the service has let us know about its limits, and how many requests are under way; reads only memory. */
  limits(): ServiceLimits & { readonly concurrency: LimiterReport };
}

/** What belongs together for one organization with one sign-in. */
export interface Connection {
  readonly client: DataverseClient;
  readonly tokens: TokenKeeper;
  readonly transport: Transport;
  readonly limiter: AdaptiveLimiter;
  readonly timing: Timing;
  /** Requests sent so far, those of a sign-in to Entra left out: Microsoft's library sends them. */
  requests(): number;
  close(): Promise<void>;
}

/**
 * Opens a source that is a sink too. Nothing is sent before it is used.
 * @throws SyncError `configuration_invalid`, `insecure_address`
 */
export function openDataverse(options: DataverseOptions): DataverseSource {
  const connection = connect(options);
  const { client, limiter, timing } = connection;
  const thread = new PageThread();
  const feeds = {
    client,
    timing,
    polling: {
      overlapMs: 5 * 60_000,
      compareEveryMs: 6 * 3_600_000,
      compareUntimedMs: 15 * 60_000,
      ...options.polling,
    },
    losesDeltaLink: new Set<string>(),
    thread,
    largePage: options.largePage ?? LARGE_PAGE,
  };
  const writer = new RecordWriter(client, limiter, options.writesInOneRequest ?? 100);
  return {
    get requests() {
      return connection.requests();
    },
    map: async (signal) => readOrganizationMap(client, signal),
    describe: async (names, signal) => describeOrganization(client, names, signal),
    changes: (request, signal) => feedPages(feeds, request, signal),
    choose: async (request, signal) => chosenRecords(client, request, signal),
    existing: async (entity, ids, signal) => provenExisting(client, entity, ids, signal),
    versions: async (entity, ids, signal) => readVersions(client, entity, ids, signal),
    counts: async (names, signal) => readCounts(client, names, signal),
    write: async (entity, writes, signal) => writer.write(entity, writes, signal),
    read: async (entity, ids, attributes, signal) => readRecords(client, entity, { ids, attributes }, signal),
    find: async (search, signal) => findRecords(client, search, signal),
    qualify: async (leadId, signal) => qualifyLead(client, leadId, signal),
    merge: async (entity, target, subordinate, signal) =>
      mergeRecords(client, entity, { target, subordinate }, signal),
    ...openMemberLists(client),
    limits: () => ({ ...client.signs.report(), concurrency: limiter.report() }),
    async close() {
      await thread.close();
      await connection.close();
    },
  };
}

/** Smaller ones are read sooner than they are handed over. */
const LARGE_PAGE = 256 * 1024;

/** @throws SyncError `configuration_invalid`, `insecure_address` */
export function connect(options: DataverseOptions): Connection {
  const { connections = 16, timing = systemTiming, onWait = () => undefined } = options;
  const { around = (transport: Transport) => transport } = options;
  const address = organizationAddress(options);
  const carrier = options.transport ?? openUndici({ connections, tls: options.tls ?? {} });
  const transport = counted(around(carrier));
  const { signIn } = options;
  const surroundings = { resource: address.resource, transport, timing };
  const tokens = new TokenKeeper("kind" in signIn ? credentialFor(signIn, surroundings) : signIn, timing);
  const limiter = new AdaptiveLimiter(timing, connections);
  const retry = {
    backoff: options.backoff ?? { baseMs: 500, maxMs: 30_000, attempts: 8 },
    longestWaitMs: options.longestWaitMs ?? 5 * 60_000,
    timing,
    onWait,
  };
  return {
    client: new DataverseClient({ address, transport, tokens, limiter, retry }),
    tokens,
    transport,
    limiter,
    timing,
    requests: () => transport.requests,
    async close() {
      tokens.close();
      await transport.close();
    },
  };
}
