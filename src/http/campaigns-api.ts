/**
 * The part of the API that is about campaigns: who is in which, adding people and removing them.
 */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { CampaignDesk, CampaignPeople, ListedCampaign, ListedMember } from "../core/campaign-desk.ts";
import { SyncError } from "../core/errors.ts";
import { OPERATORS } from "../core/person-desk.ts";
import { accept, routePath } from "./endpoint.ts";
import type { Endpoint } from "./endpoint.ts";
import { Refusal } from "./problem.ts";

const campaignSchema = z.object({
  id: z.string().describe("Row of campaigns"),
  crmId: z.string(),
  name: z.string().nullable(),
  status: z.string().nullable(),
  lists: z.int().describe("Marketing lists that belong to it"),
  added: z.int(),
  waiting: z.int(),
  refused: z.int(),
}) satisfies z.ZodType<ListedCampaign>;

const campaignsSchema = z.object({ campaigns: z.array(campaignSchema) });

const readCampaigns = {
  method: "GET",
  path: "/api/campaigns",
  operation: "readCampaigns",
  summary: "Campaigns of Dynamics, with how many people were added from here",
  answers: {
    200: { description: "All of them, by name; none while they are not followed", schema: campaignsSchema },
  },
  problems: [500, 503],
} as const satisfies Endpoint;

const switchSchema = z
  .object({
    on: z
      .boolean()
      .describe("Whether campaigns and marketing lists are followed; their rows stay either way"),
    prefix: z
      .string()
      .trim()
      .min(1)
      .max(60)
      .nullable()
      .default(null)
      .describe("What the names of lists begin with that are yet to be made; null leaves it as it is"),
  })
  .strict();

const switchedSchema = z.object({ on: z.boolean() });

const switchCampaigns = {
  method: "POST",
  path: "/api/campaigns",
  operation: "switchCampaigns",
  summary: "Let campaigns and marketing lists come, or follow them no more, from the next cycle on",
  body: switchSchema,
  answers: { 200: { description: "It is switched", schema: switchedSchema } },
  problems: [400, 403, 500, 503],
} as const satisfies Endpoint;

const row = z.string().regex(/^\d{1,18}$/, "must be the number of a row");

const campaignParameters = z.object({ id: row.describe("Row of campaigns") });

const pageQuery = z.object({
  after: row.default("0").describe("Person to go on after"),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});

const memberSchema = z.object({
  person: z.string().describe("Row of people"),
  name: z.string().nullable(),
  email: z.string().nullable(),
  state: z.enum(["asked-to-add", "added", "asked-to-remove", "removed", "refused"]),
  wasThere: z.boolean().describe("They were in it before anybody asked, and are never taken out"),
  request: z
    .enum(["queued", "creating", "qualifying", "waiting", "parked"])
    .nullable()
    .describe("How the request stands that they be in Dynamics, which they wait for"),
  code: z.string().nullable().describe("Why it was refused: a code of docs/operations.md"),
  detail: z.string().nullable(),
  askedFrom: z.enum(["sql", "api", "cli", "rule"]),
  askedBy: z.string().describe("User of the database"),
  askedAt: z.iso.datetime(),
});

const membersSchema = z.object({
  members: z.array(memberSchema),
  next: z.string().nullable().describe("Goes on after this page; null at the end"),
});

const readMembers = {
  method: "GET",
  path: "/api/campaigns/{id}/members",
  operation: "readCampaignMembers",
  summary: "People who were asked to be in a campaign, and how that stands",
  parameters: campaignParameters,
  query: pageQuery,
  answers: { 200: { description: "A page of them, in the order of their rows", schema: membersSchema } },
  problems: [400, 404, 500, 503],
} as const satisfies Endpoint;

const wish = z.enum(["add", "remove"]);

const condition = z
  .object({
    column: z.string().min(1).describe("Column of people"),
    operator: z.enum(OPERATORS),
    value: z.string().nullable().default(null).describe("As PostgreSQL writes it; none for filled and blank"),
  })
  .strict();

const wishSchema = z.union([
  z.object({ wish, people: z.array(row).min(1).max(10_000).describe("Rows of people") }).strict(),
  z.object({ wish, when: z.array(condition).min(1).describe("All of them must hold") }).strict(),
]);

const answersSchema = z.object({
  campaign: z.string(),
  queued: z.int().describe("Goes with the next turn"),
  waiting: z.int().describe("It must be decided first who they are in Dynamics"),
  notAdded: z.int().describe("Were not added from here, so that there is nothing to remove"),
  wasThere: z.int().describe("Were in the campaign before they were added from here, and stay"),
});

const askMembers = {
  method: "POST",
  path: "/api/campaigns/{id}/members",
  operation: "askCampaignMembers",
  summary: "Add people to a campaign or remove them: named one by one, or by conditions; all of them or none",
  parameters: campaignParameters,
  body: wishSchema,
  answers: { 202: { description: "How many were answered with what", schema: answersSchema } },
  problems: [400, 403, 404, 500, 503],
} as const satisfies Endpoint;

/** In the order of the description. */
export const CAMPAIGN_ENDPOINTS: readonly Endpoint[] = [
  readCampaigns,
  switchCampaigns,
  readMembers,
  askMembers,
];

/** Schemas with a name of their own. */
export const CAMPAIGN_SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  Campaign: campaignSchema,
  CampaignMember: memberSchema,
};

/** Adds the routes. */
export function addCampaignsApi(app: FastifyInstance, desk: CampaignDesk): void {
  app.get(routePath(readCampaigns), async () => campaignsSchema.parse({ campaigns: await desk.campaigns() }));
  app.post(routePath(switchCampaigns), async ({ body }) => {
    const wanted = accept(switchSchema, body ?? {});
    await desk.switchCampaigns(wanted).catch(asInvalid);
    return switchedSchema.parse({ on: wanted.on });
  });
  app.get(routePath(readMembers), ({ params, query }) => answerMembers(desk, params, query));
  app.post(routePath(askMembers), async ({ params, body }, reply) =>
    reply.code(202).send(await answerWish(desk, params, body ?? {})),
  );
}

async function answerMembers(
  desk: CampaignDesk,
  parameters: unknown,
  query: unknown,
): Promise<z.infer<typeof membersSchema>> {
  const { id: campaign } = accept(campaignParameters, parameters);
  const { after, limit } = accept(pageQuery, query);
  const members: readonly ListedMember[] =
    (await desk.members({ campaign, after, limit })) ?? notThere(campaign);
  const last = members.length < limit ? undefined : members.at(-1);
  return membersSchema.parse({ members, next: last?.person ?? null });
}

async function answerWish(
  desk: CampaignDesk,
  parameters: unknown,
  body: unknown,
): Promise<z.infer<typeof answersSchema>> {
  const { id: campaign } = accept(campaignParameters, parameters);
  const asked = accept(wishSchema, body);
  const who: CampaignPeople = "people" in asked ? { people: asked.people } : { conditions: asked.when };
  const answers =
    (await desk.ask({ campaign, wish: asked.wish, who }).catch(asInvalid)) ?? notThere(campaign);
  return answersSchema.parse({
    campaign,
    queued: answers.queued ?? 0,
    waiting: answers.waiting ?? 0,
    notAdded: answers["not added from here"] ?? 0,
    wasThere: answers["was there before"] ?? 0,
  });
}

function notThere(campaign: string): never {
  throw new Refusal("not_found", `There is no campaign ${campaign}.`);
}

/** What the desk cannot follow is the request's to mend. */
function asInvalid(error: unknown): never {
  if (error instanceof SyncError && error.code === "configuration_invalid") {
    throw new Refusal("request_invalid", error.message);
  }
  throw error;
}
