import { once } from "node:events";
import type { Server } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { noticeOf } from "../../test/support/notice.ts";
import type { SyncError } from "../core/errors.ts";
import { openWebhook } from "./webhook.ts";

let server: Server;
let url: string;
let answer: number;
let taken: unknown[];

beforeEach(async () => {
  answer = 200;
  taken = [];
  server = createServer((request, response) => {
    void json(request).then((body) => {
      taken.push(body);
      response.writeHead(answer, { location: "/elsewhere" }).end();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?token=secret`;
});

afterEach(async () => {
  server.closeAllConnections();
  if (server.listening) await once(server.close(), "close");
});

const AT = "2026-11-24T12:00:00.000Z";
const never = new AbortController().signal;
const due = [{ notice: noticeOf({}), reminder: false }];

test("posts all that is due as one JSON document, with a text that chats show", async () => {
  await openWebhook({ url, workspace: "marketing" }).send(due, AT, never);
  expect(taken).toEqual([
    {
      type: "tandem.notices",
      workspace: "marketing",
      at: AT,
      text: "Tandem may not read Contacts. Give its security role Read.",
      notices: [
        {
          id: "1",
          kind: "permission-lost",
          title: "Tandem may not read Contacts.",
          body: "contact: the application user may not read it.",
          remedy: "Give its security role Read.",
          who: "dynamics-admin",
          count: 1,
          parts: ["contact"],
          openedAt: "2026-11-24T11:00:00.000Z",
          closedAt: null,
          reminder: false,
        },
      ],
    },
  ]);
});

test("what is not taken is told without the address, and no redirect is followed", async () => {
  const hook = openWebhook({ url, workspace: "marketing" });
  answer = 500;
  await expect(hook.send(due, AT, never)).rejects.toThrow(/^The webhook answered 500\.$/);
  answer = 307;
  await expect(hook.send(due, AT, never)).rejects.toThrow(/^The webhook does not answer\.$/);
  expect(taken).toHaveLength(2);
});

test.each([
  ["hooks.example.com", "configuration_invalid"],
  ["http://hooks.example.com/x", "insecure_address"],
])("%s is refused", (address, code) => {
  const open = (): unknown => openWebhook({ url: address, workspace: "marketing" });
  expect(open).toThrow(
    expect.objectContaining<Partial<SyncError>>({ code: code as SyncError["code"] }) as Error,
  );
});
