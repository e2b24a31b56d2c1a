/**
 * Records of a page that another thread has read: their rows are there already, and their fields are parsed only when
 * somebody asks for them.
 */
import { UnstorableValue } from "../../core/cell.ts";
import type { Cell } from "../../core/cell.ts";
import type { MadeRecord, SourceRecord } from "../../core/change.ts";
import type { Row } from "../../core/mapping.ts";
import { project } from "../../core/mapping.ts";
import { cellsReader } from "../../core/row-text.ts";
import { ORDINARY } from "../../core/standing.ts";
import type { Standing } from "../../core/standing.ts";
import { utf8 } from "../http/body.ts";
import type { PageRecipe, PageRows } from "./page-reading.ts";
import type { RawPage } from "./records.ts";
import { readPage } from "./records.ts";
import { selectionOf } from "./selection.ts";

/**
 * The page as everybody else sees it.
 * @param body gives the body that the rows were made of
 */
export function madePage(rows: PageRows, body: () => Uint8Array, recipe: PageRecipe): RawPage {
  const { deletes, nextLink, deltaLink } = rows;
  const release = (): void => void rows.text.buffer.transfer(0);
  return { upserts: new MadeRecords(rows, body, recipe).all(), deletes, nextLink, deltaLink, release };
}

/** What the records of one page share. */
class MadeRecords {
  readonly #rows: PageRows;
  readonly #body: () => Uint8Array;
  readonly #recipe: PageRecipe;
  readonly #standings: ReadonlyMap<number, Standing>;
  readonly #refused: ReadonlyMap<number, UnstorableValue>;
  #fields: readonly SourceRecord[] | null = null;
  #cells: ((line: string) => readonly Cell[]) | null = null;

  constructor(rows: PageRows, body: () => Uint8Array, recipe: PageRecipe) {
    this.#rows = rows;
    this.#body = body;
    this.#recipe = recipe;
    this.#standings = new Map(rows.standings);
    this.#refused = new Map(
      rows.refused.map(([at, field, reason]) => [at, new UnstorableValue(field, reason)]),
    );
  }

  all(): SourceRecord[] {
    const { ids, versions, ends } = this.#rows;
    if (ends.length === 0) return [];
    const numbers = versions.split("\n");
    return ids.split("\n").map((id, at) => new MadeRecordAt(this, at, id, numbers[at] ?? ""));
  }

  fields(at: number): SourceRecord["fields"] {
    if (this.#fields === null) {
      const { entity, attributes } = this.#recipe;
      this.#fields = readPage(this.#body(), selectionOf(entity, attributes)).upserts;
    }
    return this.#fields[at]?.fields ?? {};
  }

  standing(at: number): Standing {
    return this.#standings.get(at) ?? ORDINARY;
  }

  refused(at: number): UnstorableValue | undefined {
    return this.#refused.get(at);
  }

  text(at: number): Uint8Array {
    const { text, ends } = this.#rows;
    return text.subarray(at === 0 ? 0 : ends[at - 1], ends[at]);
  }

  cells(at: number): readonly Cell[] {
    const { mapping, input } = this.#recipe.reading;
    this.#cells ??= cellsReader(project(mapping, input).columns.map(({ type }) => type));
    return this.#cells(utf8(this.text(at)));
  }
}

class MadeRecordAt implements SourceRecord, MadeRecord {
  readonly id: string;
  readonly version: string;
  readonly #page: MadeRecords;
  readonly #at: number;

  constructor(page: MadeRecords, at: number, id: string, version: string) {
    this.#page = page;
    this.#at = at;
    this.id = id;
    this.version = version;
  }

  get fields(): SourceRecord["fields"] {
    return this.#page.fields(this.#at);
  }

  get made(): MadeRecord {
    return this;
  }

  get standing(): Standing {
    return this.#page.standing(this.#at);
  }

  row(): Row {
    const refused = this.#page.refused(this.#at);
    if (refused !== undefined) throw refused;
    return new MadeRow(this.#page, this.#at, this);
  }
}

/** A row whose cells are read from its text when they are needed. A copy with other cells leaves the text behind. */
class MadeRow implements Row {
  readonly id: string;
  readonly version: string;
  readonly #page: MadeRecords;
  readonly #at: number;

  constructor(page: MadeRecords, at: number, { id, version }: Pick<Row, "id" | "version">) {
    this.#page = page;
    this.#at = at;
    this.id = id;
    this.version = version;
  }

  get text(): Uint8Array {
    return this.#page.text(this.#at);
  }

  get cells(): readonly Cell[] {
    return this.#page.cells(this.#at);
  }
}
