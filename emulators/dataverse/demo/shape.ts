import type { WireRecord, WireValue } from "../record.ts";
import type { AttributeFile, EntityFile } from "../schema.ts";
import type { Random } from "./random.ts";

/** A record while it is written: what is null stays empty. */
export type Draft = Record<string, WireValue>;

/** An entity's schema, asked the questions that the record writers have. */
export class Shape {
  readonly entity: string;
  readonly primaryId: string;
  readonly #attributes: ReadonlyMap<string, AttributeFile>;
  readonly #lengths: ReadonlyMap<string, number>;
  readonly #choices = new Map<string, readonly number[]>();

  constructor(definition: EntityFile) {
    const usable = definition.attributes.filter((attribute) => attribute.isValidODataAttribute);
    this.entity = definition.logicalName;
    this.primaryId = definition.primaryIdAttribute;
    this.#attributes = new Map(usable.map((attribute) => [attribute.logicalName, attribute]));
    this.#lengths = new Map(usable.map(({ logicalName, maxLength }) => [logicalName, maxLength ?? Infinity]));
  }

  attribute(name: string): AttributeFile | undefined {
    return this.#attributes.get(name);
  }

  /** The longest text the attribute takes, in UTF-16 units, as the service counts them; 100 where none is given. */
  maxLength(name: string): number {
    return this.#attributes.get(name)?.maxLength ?? 100;
  }

  /** One of the attribute's choices, each as likely; null when the organization has no such attribute. */
  choice(random: Random, name: string): number | null {
    const choices = this.#choicesOf(name);
    return choices.length === 0 ? null : random.pick(choices);
  }

  /** Several choices of a multi-choice attribute, ascending, as the service writes them: `"1,9"`. */
  choices(random: Random, name: string): string | null {
    const chosen = this.#choicesOf(name).filter(() => random.chance(0.4));
    return chosen.length === 0 ? null : chosen.join(",");
  }

  /** One of the status reasons that belong to a state; null when the schema names none. */
  status(random: Random, state: number): number | null {
    const options = this.attribute("statuscode")?.optionSet?.options ?? [];
    const reasons = options.filter((option) => option.state === state);
    return reasons.length === 0 ? null : random.pick(reasons).value;
  }

  /**
   * The draft as this organization can hold it: attributes it does not have go, text is cut to its length
   * (never inside a surrogate pair). The draft itself is changed and handed back: a million copies would cost more than
   * all the rest.
   */
  fit(draft: Draft): WireRecord {
    for (const name in draft) {
      const length = this.#lengths.get(name);
      const value = draft[name];
      if (length === undefined) delete draft[name];
      else if (typeof value === "string" && value.length > length) draft[name] = cut(value, length);
    }
    return draft;
  }

  #choicesOf(name: string): readonly number[] {
    const known = this.#choices.get(name);
    if (known !== undefined) return known;
    const choices = (this.attribute(name)?.optionSet?.options ?? []).map((option) => option.value);
    const ascending = choices.sort((one, other) => one - other);
    this.#choices.set(name, ascending);
    return ascending;
  }
}

function cut(text: string, length: number): string {
  const last = text.charCodeAt(length - 1);
  const splitsPair = last >= 0xd800 && last <= 0xdbff;
  return text.slice(0, splitsPair ? length - 1 : length);
}
