/**
 * `tandem campaign`: campaigns of Dynamics, and who of marketing is in them.
 */
import type { Command } from "commander";
import type {
  CampaignAnswers,
  CampaignPeople,
  CampaignWish,
  ListedCampaign,
  ListedMember,
} from "../core/campaign-desk.ts";
import { OPERATORS } from "../core/person-desk.ts";
import { NO_CONDITION, collected, conditionOf } from "./condition.ts";
import type { Tandem } from "./tandem.ts";
import { aligned, coloured, integer } from "./words.ts";

export interface CampaignParts {
  readonly tandem: Pick<Tandem, "campaigns">;
  readonly signal: AbortSignal;
  readonly write: (text: string) => void;
}

interface Json {
  readonly json?: boolean;
}

/** Members that are printed at once. */
const MOST = 1_000;

export function addCampaigns(program: Command, parts: CampaignParts): void {
  const campaign = program
    .command("campaign")
    .alias("campaigns")
    .description("campaigns of Dynamics, and who of marketing is in them");
  addSwitch(campaign, parts);
  addList(campaign, parts);
  addMembers(campaign, parts);
  addWish(campaign, parts, {
    wish: "add",
    description: "add people to a campaign; whoever is not in Dynamics is made a lead first",
  });
  addWish(campaign, parts, {
    wish: "remove",
    description: "take people out of a campaign, as far as they were added from here",
  });
}

function addSwitch(campaign: Command, { tandem, signal, write }: CampaignParts): void {
  campaign
    .command("on")
    .description("let campaigns and marketing lists come, from the next cycle on")
    .option("--prefix <text>", "what the names of lists begin with that are yet to be made")
    .action(async ({ prefix }: { readonly prefix?: string }) => {
      if (prefix !== undefined && !/^.{0,59}\S$/.test(prefix)) {
        campaign.error("error: --prefix takes up to 60 characters, and no blank at their end");
      }
      await tandem.campaigns((desk) => desk.switchCampaigns({ on: true, prefix: prefix ?? null }), signal);
      write("Campaigns and marketing lists come from the next cycle on.\n");
    });
  campaign
    .command("off")
    .description("follow campaigns and marketing lists no more; their rows stay")
    .action(async () => {
      await tandem.campaigns((desk) => desk.switchCampaigns({ on: false, prefix: null }), signal);
      write("Campaigns and marketing lists are not followed any more; their rows stay.\n");
    });
}

function addList(campaign: Command, { tandem, signal, write }: CampaignParts): void {
  campaign
    .command("list")
    .description("the campaigns, with how many people were added from here")
    .option("--json", "machine-readable output")
    .action(async ({ json = false }: Json) => {
      const campaigns = await tandem.campaigns((desk) => desk.campaigns(), signal);
      write(json ? `${JSON.stringify(campaigns)}\n` : `${campaignsText(campaigns)}\n`);
    });
}

function addMembers(campaign: Command, { tandem, signal, write }: CampaignParts): void {
  campaign
    .command("members")
    .description(`who was asked to be in a campaign, and how that stands; ${integer(MOST)} at a time`)
    .argument("<campaign>", "its row in campaigns")
    .option("--after <person>", "go on after this person", "0")
    .option("--json", "machine-readable output")
    .action(async (id: string, { after, json = false }: Json & { readonly after: string }) => {
      demandRows(campaign, [id, after]);
      const query = { campaign: id, after, limit: MOST };
      const members = await tandem.campaigns((desk) => desk.members(query), signal);
      write(json ? `${JSON.stringify(members)}\n` : `${membersText(id, members)}\n`);
      if (members === null) process.exitCode = 2;
    });
}

function addWish(
  campaign: Command,
  { tandem, signal, write }: CampaignParts,
  { wish, description }: Pick<CampaignWish, "wish"> & { readonly description: string },
): void {
  campaign
    .command(wish)
    .description(description)
    .argument("<campaign>", "its row in campaigns")
    .argument("[people...]", "their rows in people")
    .option(
      "--when <condition>",
      `everybody who meets it: a column, one of ${OPERATORS.join(", ")}, and a value; given again, all must hold`,
      collected,
    )
    .option("--json", "machine-readable output")
    .action(
      async (id: string, people: readonly string[], given: Json & { readonly when?: readonly string[] }) => {
        const { when = [], json = false } = given;
        demandRows(campaign, [id, ...people]);
        if ((people.length === 0) === (when.length === 0)) {
          campaign.error("error: name people by their rows, or say with --when who is meant");
        }
        const conditions = when.map((text) => conditionOf(text) ?? campaign.error(NO_CONDITION(text)));
        const who: CampaignPeople = people.length === 0 ? { conditions } : { people };
        const answers = await tandem.campaigns((desk) => desk.ask({ campaign: id, wish, who }), signal);
        write(
          json ? `${JSON.stringify({ campaign: id, answers })}\n` : `${answersText(id, wish, answers)}\n`,
        );
        if (answers === null) process.exitCode = 2;
      },
    );
}

function demandRows(command: Command, given: readonly string[]): void {
  if (!given.every((one) => /^\d{1,18}$/.test(one))) {
    command.error("error: campaigns and people are named by the numbers of their rows");
  }
}

function campaignsText(campaigns: readonly ListedCampaign[]): string {
  if (campaigns.length === 0)
    return "There is no campaign. `tandem campaign on` lets those of Dynamics come.";
  const rows = campaigns.map(({ id, name, status, lists, added, waiting, refused }) => [
    id,
    name ?? "",
    status ?? "",
    ...[lists, added, waiting, refused].map(integer),
  ]);
  return tableText(
    [["campaign", "name", "status", "lists", "added", "waiting", "refused"], ...rows],
    new Set([0, 3, 4, 5, 6]),
  );
}

function membersText(id: string, members: readonly ListedMember[] | null): string {
  if (members === null) return NO_CAMPAIGN(id);
  if (members.length === 0) return `Nobody was asked to be in campaign ${id}.`;
  const rows = members.map((member) => [
    member.person,
    member.name ?? "",
    member.email ?? "",
    member.state,
    remarkOf(member),
  ]);
  const table = tableText([["person", "name", "e-mail", "state", ""], ...rows], new Set([0]));
  const last = members.length < MOST ? undefined : members.at(-1);
  return last === undefined ? table : `${table}\nThere may be more: --after ${last.person}.`;
}

function remarkOf({ state, wasThere, request, detail }: ListedMember): string {
  if (request === "waiting") return "it must be decided who they are: `tandem matches`";
  if (request === "parked") return "could not be made in Dynamics: `tandem errors`";
  if (request !== null) return "is being made in Dynamics";
  return detail ?? (wasThere && state === "added" ? "was there before" : "");
}

function answersText(id: string, wish: CampaignWish["wish"], answers: CampaignAnswers | null): string {
  if (answers === null) return NO_CAMPAIGN(id);
  const done = wish === "add" ? "will be added to" : "will be taken out of";
  const lines = [
    line(answers.queued, `${done} campaign ${id}; a Tandem that runs does it at once.`),
    line(answers.waiting, "may be in Dynamics already: look at `tandem matches` and decide."),
    line(answers["not added from here"], "not added from here, so there is nothing to take out."),
    line(answers["was there before"], "in the campaign before anybody asked, and stay in it."),
  ].flat();
  return lines.length === 0 ? "Nobody is meant." : lines.join("\n");
}

function line(people: number | undefined, what: string): readonly string[] {
  return people === undefined ? [] : [`${integer(people)} ${people === 1 ? "person" : "people"}: ${what}`];
}

const NO_CAMPAIGN = (id: string): string =>
  `There is no campaign ${id}. \`tandem campaign list\` shows those there are.`;

function tableText(rows: readonly (readonly string[])[], right: ReadonlySet<number>): string {
  const [first = "", ...rest] = aligned(rows, right);
  return [coloured("dim", first), ...rest].join("\n");
}
