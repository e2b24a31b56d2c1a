import type { Culture, Name } from "./culture.ts";
import type { Random } from "./random.ts";
import { MAILBOXES, RANKS, ROLES, SHARED_INBOXES } from "./words.ts";

/** Someone who does not exist, with a name as it is written and as it is spelled in addresses. */
export interface Person {
  readonly woman: boolean;
  readonly salutation: string | null;
  readonly first: string;
  readonly middle: string | null;
  readonly last: string;
  /** First and last name in plain letters, for e-mail. */
  readonly spelled: readonly [first: string, last: string];
}

export function person(random: Random, culture: Culture): Person {
  const woman = random.chance(0.48);
  const first = random.pick(woman ? culture.women : culture.men);
  const last = familyName(random, culture);
  return {
    woman,
    salutation: random.maybe(0.45, () => culture.salutations[woman ? 0 : 1]),
    first: first.text,
    middle: middleName(random, woman ? culture.women : culture.men),
    last: last.text,
    spelled: [first.latin.replaceAll(" ", ""), last.latin.replaceAll(" ", "")],
  };
}

/** A family name; double-barrelled now and then, two side by side where that is the custom. */
function familyName(random: Random, culture: Culture): Name {
  const one = random.pick(culture.families);
  if (culture.twoFamilyNames === true) return joined(one, random.pick(culture.families), " ");
  return random.chance(0.04) ? joined(one, random.pick(culture.families), "-") : one;
}

function joined(one: Name, other: Name, by: string): Name {
  return { text: `${one.text}${by}${other.text}`, latin: `${one.latin}${by}${other.latin}` };
}

function middleName(random: Random, names: readonly Name[]): string | null {
  if (!random.chance(0.12)) return null;
  const name = random.pick(names).text;
  return random.chance(0.5) ? `${String.fromCodePoint(name.codePointAt(0) ?? 0)}.` : name;
}

/**
 * An address for a person at a firm's domain, or at a private mailbox when there is no firm. Some people share an inbox,
 * some tag their address, some write capitals, some have none.
 */
export function email(random: Random, whom: Person, domain: string | null): string | null {
  if (random.chance(0.08)) return null;
  if (domain === null) return `${localPart(random, whom)}${random.whole(1, 9999)}@${random.pick(MAILBOXES)}`;
  if (random.chance(0.05)) return `${random.pick(SHARED_INBOXES)}@${domain}`;
  const tag = random.chance(0.03) ? `+${random.pick(["crm", "events", "trial", "2025"])}` : "";
  const address = `${localPart(random, whom)}${tag}@${domain}`;
  if (address.length > 100) return null;
  return random.chance(0.03) ? address.replace(/^./u, (letter) => letter.toUpperCase()) : address;
}

function localPart(random: Random, { spelled: [first, last] }: Person): string {
  const family = random.chance(0.7) ? last.replaceAll("'", "") : last;
  const given = first.replaceAll("'", "");
  return random.weighted([
    [50, `${given}.${family}`],
    [20, `${given.slice(0, 1)}.${family}`],
    [12, `${given}${family}`],
    [8, `${given}_${family}`],
    [10, `${given}.${family}${random.whole(2, 99)}`],
  ]);
}

export function jobTitle(random: Random): string {
  return random.pick(RANKS) + random.pick(ROLES);
}
