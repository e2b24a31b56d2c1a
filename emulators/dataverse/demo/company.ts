import { slug } from "./culture.ts";
import type { Culture, Name, Town } from "./culture.ts";
import { CULTURES } from "./cultures/all.ts";
import type { Random } from "./random.ts";
import { BRANDS } from "./words.ts";

/** A firm that does not exist. */
export interface Company {
  readonly name: string;
  readonly culture: Culture;
  readonly town: Town;
  /** Its internet domain, under `.example`. */
  readonly domain: string;
}

/** The brand a group of firms shares. */
export function brand(random: Random): Name {
  const text = random.pick(BRANDS);
  return { text, latin: text.toLowerCase() };
}

/** A firm; with a `group` it carries that brand and the name of its country, as a subsidiary does. */
export function company(random: Random, group: Name | null): Company {
  const culture = random.weighted(CULTURES);
  const town = random.pick(culture.towns);
  const trade = random.pick(culture.trades);
  const legalForm = random.pick(culture.legalForms);
  const root = group ?? (random.chance(0.55) ? brand(random) : random.pick(culture.families));
  const place = placeOf(random, culture, group === null ? town.city : culture.country);
  const name = [root.text, trade.text, place, legalForm].filter((part) => part !== "").join(" ");
  return { name, culture, town, domain: domainOf(root, trade, place) };
}

/** Most firms leave the place out; without one, firms of one trade would soon share their names. */
function placeOf(random: Random, culture: Culture, place: string): string {
  if (place === culture.country) return place;
  return random.chance(0.4) ? place : "";
}

function domainOf(root: Name, trade: Name, place: string): string {
  return `${slug([root.latin, trade.latin, place].join(" "))}.example`;
}
