import { describe, expect, it } from "vitest";

import { virtualTiming } from "../../../test/connectors/script.ts";
import { SyncError } from "../../core/errors.ts";
import type { AccessToken } from "./credential.ts";
import { TokenKeeper } from "./credential.ts";

const going = new AbortController().signal;

function keeper(next: (now: number, call: number) => Promise<AccessToken> | AccessToken) {
  const timing = virtualTiming();
  let calls = 0;
  const tokens = new TokenKeeper({ token: async () => next(timing.now(), ++calls) }, timing);
  return { tokens, timing, calls: () => calls };
}

const lasting = (ms: number) => (now: number, call: number) => ({
  value: `token-${call}`,
  expiresAt: now + ms,
});

describe("keeping a token", () => {
  it("fetches once for all who ask at the same time, and then not again", async () => {
    const { tokens, calls } = keeper(lasting(3_600_000));
    const got = await Promise.all([tokens.token(going), tokens.token(going), tokens.token(going)]);
    expect(got).toEqual(["token-1", "token-1", "token-1"]);
    await tokens.token(going);
    expect(calls()).toBe(1);
  });

  it("renews five minutes before the end, or a quarter of a short life", async () => {
    const long = keeper(lasting(3_600_000));
    await long.tokens.token(going);
    long.timing.advance(3_299_000);
    expect(await long.tokens.token(going)).toBe("token-1");
    long.timing.advance(2_000);
    expect(await long.tokens.token(going)).toBe("token-2");
    const short = keeper(lasting(60_000));
    await short.tokens.token(going);
    short.timing.advance(44_000);
    expect(await short.tokens.token(going)).toBe("token-1");
    short.timing.advance(2_000);
    expect(await short.tokens.token(going)).toBe("token-2");
  });

  it("throws away a rejected token, but not a newer one", async () => {
    const { tokens, calls } = keeper(lasting(3_600_000));
    const first = await tokens.token(going);
    tokens.reject(first);
    expect(await tokens.token(going)).toBe("token-2");
    tokens.reject(first);
    expect(await tokens.token(going)).toBe("token-2");
    expect(calls()).toBe(2);
  });

  it("goes on with a good token while the provider is silent, not when it says no", async () => {
    let failure: SyncError | undefined;
    const { tokens, timing } = keeper((now, call) => {
      if (failure !== undefined) throw failure;
      return lasting(3_600_000)(now, call);
    });
    await tokens.token(going);
    timing.advance(3_400_000);
    failure = new SyncError("unavailable", "silent");
    expect(await tokens.token(going)).toBe("token-1");
    timing.advance(300_000);
    await expect(tokens.token(going)).rejects.toMatchObject({ code: "unavailable" });
    failure = new SyncError("sign_in_failed", "no");
    await expect(tokens.token(going)).rejects.toMatchObject({ code: "sign_in_failed" });
  });

  it("lets one who asked leave without taking the token from the others", async () => {
    const coming = Promise.withResolvers<AccessToken>();
    const { tokens } = keeper(async () => coming.promise);
    const leaving = new AbortController();
    const left = tokens.token(leaving.signal);
    const stays = tokens.token(going);
    leaving.abort();
    await expect(left).rejects.toMatchObject({ code: "stopped" });
    coming.resolve({ value: "token", expiresAt: Number.MAX_SAFE_INTEGER });
    expect(await stays).toBe("token");
  });
});
