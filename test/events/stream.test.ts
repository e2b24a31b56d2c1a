import { expect, test } from "vitest";
import { openServer } from "../../src/http/server.ts";
import { scriptedOptions } from "../support/server-options.ts";
import { openEventScene } from "./scene.ts";

/** The stream on a real feed, over restarts of the server, with transactions that commit late. */

/** Ids of events of a stream, as many as are asked for, with the `id` of the last. */
async function listen(
  url: string,
  last: string,
  count: number,
): Promise<{ readonly ids: readonly string[]; readonly last: string }> {
  const leave = new AbortController();
  const answer = await fetch(`${url}/api/feed/stream?after=0-0`, {
    headers: last === "" ? {} : { "last-event-id": last },
    signal: leave.signal,
  });
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const events = [...text.matchAll(/^id: (\S+)\ndata: (.*)\n\n/gm)].slice(0, count);
    if (events.length === count) {
      leave.abort();
      const ids = events.map(([, , data]) => (JSON.parse(data ?? "") as { id: string }).id);
      return { ids, last: events.at(-1)?.[1] ?? "" };
    }
    const { done, value } = (await reader?.read()) ?? { done: true, value: "" };
    if (done) throw new Error(`the stream ended after ${events.length} events`);
    text += value;
  }
}

test("whoever comes back with the last id goes on after it: nothing is lost, doubled or out of order", async () => {
  const { feed, tell, begin, readAll } = await openEventScene();
  const owner = { owner_crm_id: { from: null, to: "x" }, last_name: { from: "A", to: "B" } };
  const ids: string[] = [];
  let last = "";
  for (let round = 0; round < 6; round += 1) {
    const server = await openServer({ ...scriptedOptions(), events: feed });
    const late = await begin();
    await late.tell({ rowId: "1", changes: owner });
    await tell({ rowId: "2", kind: "merged" }, { rowId: "3", changes: owner });
    const listening = listen(server.url, last, 3);
    await late.commit();
    const heard = await listening;
    ids.push(...heard.ids);
    ({ last } = heard);
    await server.close();
  }
  const told = await readAll(100);
  expect(told).toHaveLength(30);
  expect(ids).toEqual(told.slice(0, 18).map(({ id }) => id));
});
