import { crc32, deflateRaw, constants } from "node:zlib";
import { promisify } from "node:util";
import { rowChunks } from "./message.ts";
import type { PageBody } from "./message.ts";

const deflate = promisify(deflateRaw);

interface Kept {
  readonly deflated: Buffer;
  readonly crc: number;
  readonly length: number;
}

const HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 255]);
/** An empty last block of raw deflate. */
const FINAL_BLOCK = Buffer.from([3, 0]);

/**
 * Compresses pages, and keeps the compressed rows of the last ones: a page read again costs no rendering and no
 * compression. Head and tail (links with a time in them) are compressed each time and joined into one gzip stream.
 */
export class GzipPages {
  readonly #kept = new Map<string, Kept>();
  readonly #limit: number;
  #size = 0;

  /** @param limit how many bytes of compressed rows to keep */
  constructor(limit: number) {
    this.#limit = limit;
  }

  async compress(page: PageBody): Promise<Buffer> {
    const [head, rows, tail] = [
      await block(Buffer.from(page.head)),
      await this.#rows(page),
      await block(Buffer.from(page.tail)),
    ];
    const crc = combine(combine(head.crc, rows.crc, rows.length), tail.crc, tail.length);
    const trailer = Buffer.alloc(8);
    trailer.writeUInt32LE(crc, 0);
    trailer.writeUInt32LE((head.length + rows.length + tail.length) % 2 ** 32, 4);
    return Buffer.concat([HEADER, head.deflated, rows.deflated, tail.deflated, FINAL_BLOCK, trailer]);
  }

  async #rows(page: PageBody): Promise<Kept> {
    const known = this.#kept.get(page.key);
    if (known !== undefined) {
      this.#kept.delete(page.key);
      this.#kept.set(page.key, known);
      return known;
    }
    const made = await joined(rowChunks(page));
    this.#keep(page.key, made);
    return made;
  }

  #keep(key: string, rows: Kept): void {
    this.#size -= this.#kept.get(key)?.deflated.length ?? 0;
    this.#kept.set(key, rows);
    this.#size += rows.deflated.length;
    for (const [oldest, { deflated }] of this.#kept) {
      if (this.#size <= this.#limit || oldest === key) break;
      this.#kept.delete(oldest);
      this.#size -= deflated.length;
    }
  }
}

/** Compresses each chunk while the next one is rendered. */
async function joined(chunks: Iterable<Buffer>): Promise<Kept> {
  const under: Promise<Kept>[] = [];
  for (const chunk of chunks) under.push(block(chunk));
  const blocks = await Promise.all(under);
  let crc = 0;
  let length = 0;
  for (const next of blocks) {
    crc = combine(crc, next.crc, next.length);
    length += next.length;
  }
  return { deflated: Buffer.concat(blocks.map(({ deflated }) => deflated)), crc, length };
}

/** What deflate may add to what does not compress. */
const ROOM = 4096;

/** Compressed so that another block can follow. */
async function block(bytes: Buffer): Promise<Kept> {
  // With room for all of it, a thread of the pool does it in one go, and never waits for this one, which is rendering.
  const chunkSize = bytes.length + ROOM;
  const deflated = await deflate(bytes, { level: 1, finishFlush: constants.Z_SYNC_FLUSH, chunkSize });
  return { deflated, crc: crc32(bytes), length: bytes.length };
}

type Matrix = readonly number[];

function times(matrix: Matrix, vector: number): number {
  let sum = 0;
  for (let bit = 0, rest = vector; rest !== 0; bit += 1, rest >>>= 1) {
    if ((rest & 1) === 1) sum ^= matrix[bit] ?? 0;
  }
  return sum >>> 0;
}

function square(matrix: Matrix): Matrix {
  return matrix.map((row) => times(matrix, row));
}

/** The CRC-32 of two texts one behind the other, from theirs and the second one's length (zlib's crc32_combine). */
export function combine(first: number, second: number, length: number): number {
  // The operator for one zero bit, squared three times: for one zero byte.
  let operator: Matrix = [0xedb88320, ...Array.from({ length: 31 }, (_, bit) => (1 << bit) >>> 0)];
  for (let doubling = 0; doubling < 3; doubling += 1) operator = square(operator);
  let crc = first;
  for (let rest = length; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) crc = times(operator, crc);
    operator = square(operator);
  }
  return (crc ^ second) >>> 0;
}
