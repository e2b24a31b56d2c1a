import { ApiError } from "./errors.ts";
import type { WireValue } from "./record.ts";

export type PlugInMessage = "Create" | "Update" | "Delete";

/** A write that plug-ins see. */
export interface PlugInEvent {
  readonly entity: string;
  readonly message: PlugInMessage;
  readonly id: string;
  /** Before the write: what is being written, which the plug-in may change. Afterwards: what was written. */
  readonly changes: Record<string, WireValue>;
}

/** Code of the organization that runs inside its writes. */
export interface PlugIn {
  /** Runs before the write; may change it, or throw to refuse it (the message reaches the client as 0x80040265). */
  readonly before?: (event: PlugInEvent) => void;
  /** Runs when the write is done; may write again through the store. */
  readonly after?: (event: PlugInEvent) => void;
}

/** The plug-ins that are registered now. A plug-in that writes does not start plug-ins again more than eight deep. */
export class PlugIns {
  readonly #registered = new Set<PlugIn>();
  #depth = 0;

  /** Registers a plug-in; gives the way to take it out again. */
  register(plugIn: PlugIn): () => void {
    this.#registered.add(plugIn);
    return () => this.#registered.delete(plugIn);
  }

  before(event: PlugInEvent): void {
    for (const plugIn of this.#registered) this.#nested(() => plugIn.before?.(event));
  }

  after(event: PlugInEvent): void {
    for (const plugIn of this.#registered) this.#nested(() => plugIn.after?.(event));
  }

  #nested(run: () => void): void {
    if (this.#depth >= 8)
      throw new Error(
        "This workflow job was canceled because the workflow that started it included an infinite loop.",
      );
    this.#depth += 1;
    try {
      run();
    } catch (error) {
      throw error instanceof ApiError
        ? error
        : new ApiError(400, "0x80040265", error instanceof Error ? error.message : String(error));
    } finally {
      this.#depth -= 1;
    }
  }
}
