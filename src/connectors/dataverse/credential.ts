/**
 * Being someone to the organization: where tokens come from, and how one is kept.
 */
import { isTransient } from "../../core/errors.ts";
import { untilStopped } from "../http/stopping.ts";
import type { Timing } from "../http/timing.ts";

export interface AccessToken {
  readonly value: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** Fetches a new token each time it is asked. */
export interface Credential {
  /**
   * @throws SyncError `sign_in_failed` only when the identity provider itself refused; `unavailable`, `throttled`,
   * `name_not_found`, `certificate_rejected` when it could not be asked; `configuration_invalid`; `stopped`
   */
  token(signal: AbortSignal): Promise<AccessToken>;
}

const LONGEST_MARGIN_MS = 5 * 60_000;

/**
 * Keeps one token: fetched once however many ask, renewed some time before it ends (five minutes, or a quarter of a
 * short life), and thrown away when the organization does not accept it.
 */
export class TokenKeeper {
  readonly #credential: Credential;
  readonly #timing: Timing;
  readonly #closing = new AbortController();
  #current: (AccessToken & { readonly renewAt: number }) | undefined;
  #fetching: Promise<string> | undefined;

  constructor(credential: Credential, timing: Timing) {
    this.#credential = credential;
    this.#timing = timing;
  }

  /** A token that is valid now. @throws SyncError as `Credential.token` */
  async token(signal: AbortSignal): Promise<string> {
    if (this.#current !== undefined && this.#timing.now() < this.#current.renewAt) return this.#current.value;
    this.#fetching ??= this.#fetch().finally(() => {
      this.#fetching = undefined;
    });
    return untilStopped(this.#fetching, signal);
  }

  /** Forgets this token; a newer one that came meanwhile stays. */
  reject(value: string): void {
    if (this.#current?.value === value) this.#current = undefined;
  }

  close(): void {
    this.#closing.abort();
  }

  async #fetch(): Promise<string> {
    const asked = this.#timing.now();
    try {
      const token = await this.#credential.token(this.#closing.signal);
      const margin = Math.min(LONGEST_MARGIN_MS, (token.expiresAt - asked) / 4);
      this.#current = { ...token, renewAt: token.expiresAt - margin };
      return token.value;
    } catch (error) {
      // Nobody said no: while the token in hand is good, a silent provider is no reason to stop.
      if (isTransient(error) && this.#current !== undefined && this.#timing.now() < this.#current.expiresAt) {
        return this.#current.value;
      }
      throw error;
    }
  }
}
