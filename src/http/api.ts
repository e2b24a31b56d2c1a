import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { ACTION_ENDPOINTS, ACTION_SCHEMAS, addActionApi } from "./action-api.ts";
import type { EventFeed } from "../core/event-port.ts";
import type { NoticeDesk } from "../core/notice.ts";
import type { PersonDesk } from "../core/person-desk.ts";
import type { Probes } from "../core/probes.ts";
import type { RefusalDesk } from "../core/refused.ts";
import type { EntityDesk } from "../core/entity-desk.ts";
import type { CampaignDesk } from "../core/campaign-desk.ts";
import type { WebhookDesk } from "../core/webhook-port.ts";
import type { SyncDesk } from "../core/sync-desk.ts";
import type { Status } from "../core/status.ts";
import { CAMPAIGN_ENDPOINTS, CAMPAIGN_SCHEMAS, addCampaignsApi } from "./campaigns-api.ts";
import { accept, routePath } from "./endpoint.ts";
import type { Endpoint } from "./endpoint.ts";
import { ERRORS_ENDPOINTS, ERRORS_SCHEMAS, addErrorsApi } from "./errors-api.ts";
import { EVENT_ENDPOINTS, EVENT_SCHEMAS, addEventApi } from "./event-api.ts";
import type { EventStreams } from "./event-streams.ts";
import { NOTICE_ENDPOINTS, NOTICE_SCHEMAS, addNoticesApi } from "./notices-api.ts";
import { describeApi } from "./openapi.ts";
import { ENTITIES_ENDPOINTS, ENTITIES_SCHEMAS, addEntitiesApi } from "./entities-api.ts";
import { BACKFILL_ENDPOINTS, addBackfillApi } from "./backfill-api.ts";
import { FIELDS_ENDPOINTS, FIELDS_SCHEMAS, addFieldsApi } from "./fields-api.ts";
import { PAUSE_ENDPOINTS, addPauseApi } from "./pause-api.ts";
import { PEOPLE_ENDPOINTS, PEOPLE_SCHEMAS, addPeopleApi } from "./people-api.ts";
import { PROBE_ENDPOINTS, addProbesApi } from "./probes-api.ts";
import { Refusal } from "./problem.ts";
import type { StatusFeed } from "./status-feed.ts";
import { WEBHOOK_ENDPOINTS, WEBHOOK_SCHEMAS, addWebhookApi } from "./webhook-api.ts";
import {
  backfillSchema,
  connectionStatusSchema,
  cycleStatusSchema,
  entityStatusSchema,
  statusSchema,
  troubleSchema,
} from "./status-schema.ts";

/** What the API needs of the rest of Tandem. */
export interface ApiPorts {
  status(): Promise<Status>;
  /** Asks for a cycle now; resolves when it is asked for, not when it is done. */
  syncNow(connectionId: number): Promise<void>;
  /** Where people ask about persons. */
  readonly people: PersonDesk;
  /** Where people ask about campaigns. */
  readonly campaigns: CampaignDesk;
  /** Where people say what runs. */
  readonly runs: SyncDesk;
  /** Where people choose entities. */
  readonly entities: EntityDesk;
  /** Where people look at what was refused. */
  readonly refusals: RefusalDesk;
  /** Where people look at notices. */
  readonly notices: NoticeDesk;
  /** Where what happened is read. */
  readonly events: EventFeed;
  /** Where webhooks are managed. */
  readonly webhooks: WebhookDesk;
  /** What machines ask. */
  readonly probes: Probes;
}

/** What tells people at once, as long as they listen. */
export interface ApiFeeds {
  readonly status: StatusFeed;
  readonly events: EventStreams;
}

const connectionParameters = z.object({
  id: z
    .string()
    .regex(/^\d{1,15}$/, "must be a connection's number")
    .transform(Number),
});

const readStatus = {
  method: "GET",
  path: "/api/status",
  operation: "readStatus",
  summary: "How every connection and entity stands",
  answers: { 200: { description: "The status now", schema: statusSchema } },
  problems: [500, 503],
} as const satisfies Endpoint;

const watchStatus = {
  method: "GET",
  path: "/api/events",
  operation: "watchStatus",
  summary: "The status as server-sent events: one `status` at once and at each change, at most one a second",
  answers: {
    200: {
      description:
        "Events named `status`, with a Status, or `problem`, with a Problem while it cannot be told",
      schema: z.string(),
      type: "text/event-stream",
    },
  },
  problems: [],
} as const satisfies Endpoint;

const acceptedSchema = z.object({ connection: z.int() });

const syncNow = {
  method: "POST",
  path: "/api/connections/{id}/sync",
  operation: "syncNow",
  summary: "Begin a cycle now instead of after the pause",
  parameters: connectionParameters,
  answers: { 202: { description: "The cycle is asked for", schema: acceptedSchema } },
  problems: [400, 403, 404, 500, 503],
} as const satisfies Endpoint;

const description = {
  method: "GET",
  path: "/api/openapi.json",
  operation: "readDescription",
  summary: "This description",
  answers: { 200: { description: "OpenAPI 3.1", schema: z.record(z.string(), z.unknown()) } },
  problems: [],
} as const satisfies Endpoint;

/** Every route of the API, in the order of the description. */
export const ENDPOINTS: readonly Endpoint[] = [
  readStatus,
  watchStatus,
  syncNow,
  ...PAUSE_ENDPOINTS,
  ...ENTITIES_ENDPOINTS,
  ...FIELDS_ENDPOINTS,
  ...BACKFILL_ENDPOINTS,
  ...PEOPLE_ENDPOINTS,
  ...ERRORS_ENDPOINTS,
  ...CAMPAIGN_ENDPOINTS,
  ...ACTION_ENDPOINTS,
  ...EVENT_ENDPOINTS,
  ...NOTICE_ENDPOINTS,
  ...WEBHOOK_ENDPOINTS,
  ...PROBE_ENDPOINTS,
  description,
];

/** Adds the routes of the API. */
export function addApi(app: FastifyInstance, ports: ApiPorts, feeds: ApiFeeds): void {
  app.get(routePath(readStatus), async () => statusSchema.parse(await ports.status()));

  app.get(routePath(watchStatus), { exposeHeadRoute: false }, (_request, reply) =>
    reply
      .type("text/event-stream; charset=utf-8")
      .header("x-accel-buffering", "no")
      .send(feeds.status.watch()),
  );

  app.post(routePath(syncNow), async (request, reply) => {
    const { id } = accept(connectionParameters, request.params);
    const { connections } = await ports.status();
    if (!connections.some((connection) => connection.id === id)) {
      throw new Refusal("not_found", `There is no connection ${id}.`);
    }
    await ports.syncNow(id);
    return reply.code(202).send(acceptedSchema.parse({ connection: id }));
  });

  addPauseApi(app, ports.runs);
  addEntitiesApi(app, ports.entities);
  addFieldsApi(app, ports.runs);
  addBackfillApi(app, ports.runs);
  addPeopleApi(app, ports.people);
  addErrorsApi(app, ports.refusals);
  addCampaignsApi(app, ports.campaigns);
  addActionApi(app, ports.people);
  addEventApi(app, ports.events, feeds.events);
  addNoticesApi(app, ports.notices);
  addWebhookApi(app, ports.webhooks);
  addProbesApi(app, ports.probes);

  const described = describeApi(ENDPOINTS, {
    Status: statusSchema,
    ConnectionStatus: connectionStatusSchema,
    EntityStatus: entityStatusSchema,
    CycleStatus: cycleStatusSchema,
    Trouble: troubleSchema,
    Backfill: backfillSchema,
    ...FIELDS_SCHEMAS,
    ...PEOPLE_SCHEMAS,
    ...ERRORS_SCHEMAS,
    ...CAMPAIGN_SCHEMAS,
    ...ACTION_SCHEMAS,
    ...EVENT_SCHEMAS,
    ...ENTITIES_SCHEMAS,
    ...NOTICE_SCHEMAS,
    ...WEBHOOK_SCHEMAS,
  });
  app.get(routePath(description), () => described);
}
