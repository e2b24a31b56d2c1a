import type { AttributeFile, EntityFile } from "../schema.ts";
import { memo, moment, text, whole, yesNo } from "./definitions.ts";
import { between, instant } from "./moments.ts";
import type { Random } from "./random.ts";
import type { Draft } from "./shape.ts";
import { FROZEN_AT } from "./world.ts";

/** The columns that people who sync leads and contacts with a marketing database add to both. */
const COLUMNS: readonly AttributeFile[] = [
  yesNo("new_SyncToMkto", "Sync to Marketing"),
  moment("mkt_LastInterestingMomentDate", "Last Interesting Moment Date", "UserLocal"),
  memo("mkt_LastInterestingMomentDesc", "Last Interesting Moment Description", 2000),
  text("mkt_LeadInterestingMomentSource", "Last Interesting Moment Source", 100),
  text("mkt_LastInterestingMomentType", "Last Interesting Moment Type", 100),
  whole("mkt_RelativeScore", "Relative Score", 0, 100),
  whole("mkt_Priority", "Priority", 0, 1_000_000),
  whole("mkt_Urgency", "Relative Urgency", 0, 100),
  whole("mkt_LeadScore", "Score", -1_000_000, 1_000_000),
];

/** The entity with the marketing columns added, as the organization's own schema has it. */
export function withMarketingColumns(entity: EntityFile): EntityFile {
  const known = new Set(entity.attributes.map((attribute) => attribute.logicalName));
  const added = COLUMNS.filter((attribute) => !known.has(attribute.logicalName));
  return { ...entity, attributes: [...entity.attributes, ...added] };
}

const MOMENTS = [
  ["Web", "Visited the pricing page 3 times", "Website"],
  ["Email", 'Clicked link in "Autumn offers" e-mail', "Newsletter"],
  ["Milestone", "Reached a score of 100", "Scoring"],
  ["Event", "Attended webinar: Große Lager, kleine Kosten", "Webinar"],
] as const;

/** Values of the marketing columns. Most people are synced; an explicit No keeps a person out. */
export function marketingColumns(random: Random, born: number): Draft {
  const draft: Draft = {
    new_synctomkto: random.weighted([
      [70, true],
      [12, false],
      [18, null],
    ]),
    mkt_leadscore: random.maybe(0.55, () => random.whole(-20, 220)),
    mkt_priority: random.maybe(0.2, () => random.whole(0, 9999)),
    mkt_relativescore: random.maybe(0.25, () => random.whole(0, 100)),
    mkt_urgency: random.maybe(0.25, () => random.whole(0, 100)),
  };
  if (!random.chance(0.3)) return draft;
  const [type, description, source] = random.pick(MOMENTS);
  draft["mkt_lastinterestingmomentdate"] = instant(between(random, born, FROZEN_AT));
  draft["mkt_lastinterestingmomentdesc"] = description;
  draft["mkt_leadinterestingmomentsource"] = source;
  draft["mkt_lastinterestingmomenttype"] = type;
  return draft;
}
