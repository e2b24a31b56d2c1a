/**
 * A transport that is watched: each request is a span and is counted by the status of its answer.
 */
import type { Transport } from "../connectors/http/transport.ts";
import type { Observer } from "../core/observer.ts";

/** Addresses and bodies are not told: they may name records. @param now milliseconds, never going back */
export function watched(transport: Transport, observer: Observer, now: () => number): Transport {
  return {
    send(request) {
      const facts = { "http.request.method": request.method, "server.address": hostOf(request.url) };
      return observer.during({ name: "request", facts }, async () => {
        const begun = now();
        let status: number | null = null;
        try {
          const answer = await transport.send(request);
          ({ status } = answer);
          observer.note({ "http.response.status_code": status });
          return answer;
        } finally {
          observer.requested(status, (now() - begun) / 1000);
        }
      });
    },
    close: () => transport.close(),
  };
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : "";
}
