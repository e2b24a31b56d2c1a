import { createHmac } from "node:crypto";
import { once } from "node:events";
import type { IncomingHttpHeaders, Server } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { noticeOf } from "../../test/support/notice.ts";
import type { SyncError } from "../core/errors.ts";
import type { NoticePost } from "./post.ts";
import { openWebhook } from "./webhook.ts";

let server: Server;
let url: string;
let answer: number;
let taken: unknown[];
let heads: IncomingHttpHeaders[];

beforeEach(async () => {
  answer = 200;
  taken = [];
  heads = [];
  server = createServer((request, response) => {
    void json(request).then((body) => {
      taken.push(body);
      heads.push(request.headers);
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

let hook: NoticePost | null = null;

afterEach(() => hook?.close());

function open(secret: string | null = null): NoticePost {
  hook = openWebhook({ url, secret, workspace: "marketing" });
  return hook;
}

const due = [{ notice: noticeOf({}), reminder: false }];

test("posts all that is due as one JSON document, with a text that chats show", async () => {
  await open().send(due, AT, never);
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

test("is signed where a secret is set, with the same id however often it is sent", async () => {
  const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
  const post = open(secret);
  await post.send(due, AT, never);
  await post.send(due, AT, never);
  const [first, second] = heads;
  expect(first?.["webhook-id"]).toMatch(/^notice-[0-9a-f]{32}$/);
  expect(second?.["webhook-id"]).toBe(first?.["webhook-id"]);
  const signed = `${String(first?.["webhook-id"])}.${String(first?.["webhook-timestamp"])}.${JSON.stringify(taken[0])}`;
  const expected = createHmac("sha256", Buffer.alloc(32, 7)).update(signed).digest("base64");
  expect(first?.["webhook-signature"]).toBe(`v1,${expected}`);
  await open().send(due, AT, never);
  expect(heads[2]).not.toHaveProperty("webhook-signature");
});

test("what is not taken is told without the address, and no redirect is followed", async () => {
  const post = open();
  answer = 500;
  await expect(post.send(due, AT, never)).rejects.toThrow(/^The webhook answered 500\.$/);
  answer = 307;
  await expect(post.send(due, AT, never)).rejects.toThrow(/^The webhook answered 307\.$/);
  expect(taken).toHaveLength(2);
  server.closeAllConnections();
  await once(server.close(), "close");
  await expect(post.send(due, AT, never)).rejects.toThrow(/^The webhook does not answer\.$/);
});

test.each([
  ["hooks.example.com", null, "configuration_invalid"],
  ["http://hooks.example.com/x", null, "insecure_address"],
  ["https://hooks.example.com/x", "hunter2", "configuration_invalid"],
])("%s with the secret %s is refused", (address, secret, code) => {
  const opening = (): unknown => openWebhook({ url: address, secret, workspace: "marketing" });
  expect(opening).toThrow(
    expect.objectContaining<Partial<SyncError>>({ code: code as SyncError["code"] }) as Error,
  );
});
