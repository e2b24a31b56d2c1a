/**
 * The stored texts of one record in a single string: two code units with the number of slots, then one length per slot
 * (a code unit; 255 announces three more), then the texts. One flat string per record keeps two million of them in a
 * few gigabytes and costs the garbage collector next to nothing.
 */

const LONG = 255;
const ONE = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code));

function lengthText(length: number): string {
  if (length < LONG) return ONE[length] ?? "";
  if (length >= 1 << 24) throw new RangeError("a value of more than 16 million characters cannot be stored");
  return String.fromCharCode(LONG, length >> 16, (length >> 8) & 255, length & 255);
}

/** Packs texts by slot; undefined is an empty slot. */
export function pack(texts: readonly (string | undefined)[]): string {
  let count = texts.length;
  while (count > 0 && texts[count - 1] === undefined) count -= 1;
  let header = String.fromCharCode(count & 255, count >> 8);
  const pieces = [""];
  for (let slot = 0; slot < count; slot += 1) {
    const text = texts[slot];
    header += lengthText(text === undefined ? 0 : text.length);
    if (text !== undefined) pieces.push(text);
  }
  pieces[0] = header;
  return pieces.join("");
}

/** Reads one packed record at a time; reused, so that reading allocates nothing. */
export class Unpacker {
  #packed = "";
  #count = 0;
  #ends = new Int32Array(64);
  #start = 0;

  /** Makes `packed` the record to read from. */
  open(packed: string): this {
    this.#packed = packed;
    this.#count = packed.charCodeAt(0) | (packed.charCodeAt(1) << 8);
    if (this.#ends.length < this.#count) this.#ends = new Int32Array(this.#count * 2);
    const ends = this.#ends;
    let at = 2;
    let end = 0;
    for (let slot = 0; slot < this.#count; slot += 1) {
      const length = packed.charCodeAt(at);
      at += 1;
      if (length === LONG) {
        end += (packed.charCodeAt(at) << 16) | (packed.charCodeAt(at + 1) << 8) | packed.charCodeAt(at + 2);
        at += 3;
      } else end += length;
      ends[slot] = end;
    }
    this.#start = at;
    return this;
  }

  /** The text in a slot, or undefined when it is empty. */
  text(slot: number): string | undefined {
    if (slot >= this.#count) return undefined;
    const from = slot === 0 ? 0 : (this.#ends[slot - 1] ?? 0);
    const to = this.#ends[slot] ?? 0;
    return from === to ? undefined : this.#packed.slice(this.#start + from, this.#start + to);
  }

  /** A fresh array of all texts by slot. */
  texts(): (string | undefined)[] {
    return Array.from({ length: this.#count }, (_, slot) => this.text(slot));
  }
}
