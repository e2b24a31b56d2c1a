import { useQuery } from "@tanstack/react-query";
import { createContext, useContext, useSyncExternalStore } from "react";
import type { Status } from "../../../src/core/status.ts";
import { fetchStatus } from "../api.ts";
import type { ApiError } from "../api.ts";
import { STATUS_KEY } from "./live-store.ts";
import type { Live, LiveStore } from "./live-store.ts";

export const LiveContext = createContext<LiveStore | null>(null);

/** The link, the clock and the history; renders anew each second. */
export function useLive(): Live {
  const store = useContext(LiveContext);
  if (store === null) throw new Error("useLive is used outside the application's LiveContext");
  return useSyncExternalStore(store.subscribe, store.snapshot);
}

/** The status: asked for once, then kept current by the event stream. */
export function useStatus() {
  return useQuery<Status, ApiError>({
    queryKey: STATUS_KEY,
    queryFn: ({ signal }) => fetchStatus(signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
}
