import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { RefusedList, RefusedWish, RetryWish } from "../../../../src/core/refused.ts";
import { fetchErrors, retryErrors } from "../../api.ts";
import type { ApiError } from "../../api.ts";

const ERRORS_KEY = "errors";
const ASK_MS = 10_000;

/** What was refused and is wished for; what was shown before stays until the answer is there. */
export function useErrors(wish: RefusedWish) {
  return useQuery<RefusedList, ApiError>({
    queryKey: [ERRORS_KEY, wish],
    queryFn: ({ signal }) => fetchErrors(wish, signal),
    placeholderData: keepPreviousData,
    refetchInterval: ASK_MS,
    retry: false,
  });
}

/** Lets edits be tried again, and shows what is left. Gives how many. */
export function useRetryErrors() {
  const queries = useQueryClient();
  return useMutation<number, ApiError, RetryWish>({
    mutationFn: retryErrors,
    onSettled: () => queries.invalidateQueries({ queryKey: [ERRORS_KEY] }),
  });
}
