/**
 * One line that is rewritten in place on a terminal, and a line now and then elsewhere.
 */
import type { WriteStream } from "node:tty";

const QUIET_MS = 10_000;

export class Progress {
  readonly #stream: WriteStream;
  readonly #silent: boolean;
  #shown = "";
  #at = 0;

  constructor(stream: WriteStream, silent: boolean) {
    this.#stream = stream;
    this.#silent = silent;
  }

  show(text: string): void {
    if (this.#silent || text === this.#shown) return;
    this.#shown = text;
    if (this.#stream.isTTY) {
      this.#stream.write(`\r\u001B[2K${text.slice(0, this.#stream.columns - 1)}`);
      return;
    }
    const now = performance.now();
    if (this.#at !== 0 && now - this.#at < QUIET_MS) return;
    this.#at = now;
    this.#stream.write(`${text}\n`);
  }

  /** A line that stays, above the one that is rewritten. */
  say(text: string): void {
    if (this.#silent) return;
    this.#stream.write(this.#stream.isTTY ? `\r\u001B[2K${text}\n` : `${text}\n`);
    this.#shown = "";
  }

  /** Leaves the line as it stands and begins a new one. */
  end(): void {
    if (!this.#silent && this.#stream.isTTY && this.#shown !== "") this.#stream.write("\n");
  }
}
