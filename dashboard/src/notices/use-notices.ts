import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { NoticeList } from "../../../src/core/notice.ts";
import { fetchNotices, seeNotices } from "../api.ts";
import type { ApiError } from "../api.ts";

const NOTICES_KEY = ["notices"] as const;

/** Notices come once a minute at most, so asking now and then is enough. */
const ASK_MS = 10_000;

/** What people should know; asked for again and again as long as something shows it. */
export function useNotices() {
  return useQuery<NoticeList, ApiError>({
    queryKey: NOTICES_KEY,
    queryFn: ({ signal }) => fetchNotices(signal),
    refetchInterval: ASK_MS,
    retry: false,
  });
}

/** Marks notices as seen, and shows it. */
export function useSeeNotices() {
  const queries = useQueryClient();
  return useMutation<void, ApiError, readonly string[]>({
    mutationFn: seeNotices,
    onSettled: () => queries.invalidateQueries({ queryKey: NOTICES_KEY }),
  });
}
