import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { openWebhookDesk } from "../../src/app/webhooks.ts";
import { Secret } from "../../src/config/settings.ts";
import { openWebhookPost } from "../../src/connectors/webhook/post.ts";
import { SyncError } from "../../src/core/errors.ts";
import { FEED_BEGIN } from "../../src/core/event.ts";
import type { AddedWebhook, HeldWebhook, WebhookWish } from "../../src/core/webhook-port.ts";
import type { Delivery } from "../../src/core/webhook.ts";
import { Courier } from "../../src/jobs/courier.ts";
import type { CourierParts } from "../../src/jobs/courier.ts";
import { openCourierStore } from "../../src/store/courier.ts";
import { openSafe } from "../../src/store/sealed.ts";
import { isSigned, openReceiver } from "./receiver.ts";
import type { Received, Receiver } from "./receiver.ts";
import type { EventScene } from "./scene.ts";
import { openEventScene } from "./scene.ts";

const KEY = randomBytes(32).toString("base64");
const NEVER = new AbortController().signal;

interface CourierScene extends EventScene {
  readonly receiver: Receiver;
  readonly desk: ReturnType<typeof openWebhookDesk>;
  readonly add: (wish?: Partial<WebhookWish>) => Promise<AddedWebhook>;
  /** Another worker's courier. */
  readonly courier: (parts?: Partial<CourierParts>) => Courier;
  /** Delivers what is due, by a courier of its own: as after a restart. */
  readonly deliver: (parts?: Partial<CourierParts>) => Promise<void>;
  /** Lets so many hours pass for what is failing. */
  readonly later: (hours: number) => Promise<void>;
  readonly rowsReceived: () => readonly string[];
}

async function openCourierScene(): Promise<CourierScene> {
  const scene = await openEventScene();
  const { database, rows, feed } = scene;
  const receiver = await openReceiver();
  const settings = { TANDEM_SECRET_KEY: new Secret(KEY), TANDEM_WEBHOOK_HOSTS: undefined };
  const desk = openWebhookDesk({ database, settings, version: "test" });
  const safe = openSafe(KEY);
  const post = openWebhookPost({ agent: "Tandem/test", now: Date.now, timeoutMs: 3_000 });
  const send = (held: HeldWebhook, delivery: Delivery, signal: AbortSignal) =>
    post.send(
      delivery,
      { url: held.url, secret: safe.open(held.secret, `the webhook ${held.name}`) },
      signal,
    );
  const courier = (parts: Partial<CourierParts> = {}): Courier =>
    new Courier({
      store: openCourierStore(database),
      feed,
      times: { backoff: { baseMs: 60_000, maxMs: 3_600_000, attempts: 3 }, patienceMs: 86_400_000 },
      send,
      sleep: async () => undefined,
      random: () => 0.5,
      log: () => undefined,
      ...parts,
    });
  return {
    ...scene,
    receiver,
    desk,
    add: (wish = {}) =>
      desk.add({ url: receiver.url, name: "crm", types: null, tables: null, after: null, ...wish }),
    courier,
    deliver: async (parts) => {
      await courier(parts).once(NEVER);
    },
    async later(hours) {
      await rows(
        `update webhooks set retry_at = retry_at - $1 * interval '1 hour', failing_since = failing_since - $1 * interval '1 hour',
                held_until = held_until - $1 * interval '1 hour'`,
        [hours],
      );
    },
    rowsReceived: () => receiver.received.map(({ row }) => row),
  };
}

describe("a webhook", () => {
  test("is told what happens from now on, in order, signed by the specification", async () => {
    const { tell, add, deliver, receiver, rowsReceived, desk } = await openCourierScene();
    await tell({ rowId: "1" });
    const { secret } = await add();
    await tell({ rowId: "2" }, { rowId: "3", kind: "conflict" });
    await tell({ rowId: "4" });
    await deliver();
    expect(rowsReceived()).toEqual(["2", "3", "4"]);
    const [first] = receiver.received;
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(receiver.received.every((one) => isSigned(one, secret))).toBe(true);
    expect(isSigned({ ...(first as Received), body: `${first?.body} ` }, secret)).toBe(false);
    expect(first?.headers).toMatchObject({ "content-type": "application/json", "user-agent": "Tandem/test" });
    expect(Math.abs(Number(first?.headers["webhook-timestamp"]) - Date.now() / 1000)).toBeLessThan(60);
    expect(JSON.parse(first?.body ?? "")).toMatchObject({
      type: "person.changed",
      timestamp: expect.stringMatching(/^\d{4}-.*Z$/) as unknown,
      data: {
        id: first?.id,
        subject: { table: "people", row: "2", entity: "contact" },
        changes: { first_name: { from: "Ann", to: "Anna" } },
        origin: "dynamics",
      },
    });
    await deliver();
    expect(receiver.received).toHaveLength(3);
    expect(await desk.list()).toMatchObject([{ name: "crm", state: "delivering", delivered: 3, dead: 0 }]);
  });

  test("is told what it wants, and nothing that is uncertain yet", async () => {
    const { tell, begin, add, deliver, rowsReceived } = await openCourierScene();
    await add({ types: ["person.merged"], tables: ["people"] });
    await tell({ rowId: "1" }, { rowId: "2", kind: "merged" });
    const late = await begin();
    await late.tell({ rowId: "3", kind: "merged" });
    await tell({ rowId: "4", kind: "merged" });
    await deliver();
    expect(rowsReceived()).toEqual(["2"]);
    await late.commit();
    await deliver();
    expect(rowsReceived()).toEqual(["2", "3", "4"]);
  });

  test("may begin anywhere in the feed", async () => {
    const { tell, add, deliver, rowsReceived } = await openCourierScene();
    for (let row = 1; row <= 120; row += 1) await tell({ rowId: String(row) });
    await add({ after: FEED_BEGIN });
    await deliver();
    expect(rowsReceived()).toEqual(Array.from({ length: 120 }, (_, row) => String(row + 1)));
  });

  test("paused, waits and misses nothing; removed, is told nothing more", async () => {
    const { tell, add, deliver, rowsReceived, desk } = await openCourierScene();
    await add();
    expect(await desk.pause("crm")).toBe(true);
    await tell({ rowId: "1" });
    await deliver();
    expect(rowsReceived()).toEqual([]);
    await desk.resume("crm");
    await deliver();
    expect(rowsReceived()).toEqual(["1"]);
    await desk.remove("crm");
    await tell({ rowId: "2" });
    await deliver();
    expect(rowsReceived()).toEqual(["1"]);
    expect([await desk.pause("crm"), await desk.resume("crm"), await desk.remove("crm")]).toEqual([
      false,
      false,
      false,
    ]);
  });
});

describe("a receiver that fails", () => {
  test("is tried again later with the same event, and nothing overtakes it", async () => {
    const { tell, add, deliver, later, receiver, rowsReceived, desk } = await openCourierScene();
    const { secret } = await add();
    receiver.answer = 500;
    receiver.says = "no\nspace  left";
    await tell({ rowId: "1" }, { rowId: "2" });
    await deliver();
    await deliver();
    expect(rowsReceived()).toEqual(["1"]);
    expect(await desk.list()).toMatchObject([
      { state: "failing", attempts: 1, failure: "It answered 500: no space left." },
    ]);
    await later(1);
    await deliver();
    expect(rowsReceived()).toEqual(["1", "1"]);
    receiver.answer = 200;
    await later(1);
    await deliver();
    expect(rowsReceived()).toEqual(["1", "1", "1", "2"]);
    const tries = receiver.received.slice(0, 3);
    expect(new Set(tries.map(({ id }) => id)).size).toBe(1);
    expect(new Set(tries.map(({ body }) => body)).size).toBe(1);
    expect(tries.every((one) => isSigned(one, secret))).toBe(true);
    expect(await desk.list()).toMatchObject([
      { state: "delivering", attempts: 0, failure: null, delivered: 2 },
    ]);
  });

  test("for a day, with one event: it becomes a dead letter, the next goes on, and it can be sent again", async () => {
    const { tell, add, deliver, later, receiver, rowsReceived, desk } = await openCourierScene();
    const { secret } = await add();
    receiver.answer = ({ row }) => (row === "1" ? 422 : 204);
    await tell({ rowId: "1" }, { rowId: "2" });
    for (let tries = 0; tries < 3; tries += 1) {
      await deliver();
      await later(13);
    }
    await deliver();
    expect(rowsReceived()).toEqual(["1", "1", "1", "2"]);
    const [dead] = await desk.dead();
    expect(dead).toMatchObject({
      webhook: "crm",
      type: "person.changed",
      attempts: 3,
      failure: "It answered 422.",
      again: false,
    });
    expect(await desk.list()).toMatchObject([{ state: "delivering", dead: 1, delivered: 1 }]);
    expect(await desk.retry(dead?.id ?? "")).toBe(1);
    await deliver();
    expect(await desk.dead()).toMatchObject([{ attempts: 4, again: false }]);
    receiver.answer = 204;
    expect(await desk.retry(null)).toBe(1);
    await deliver();
    expect(await desk.dead()).toEqual([]);
    const last = receiver.received.at(-1);
    expect([last?.id, last?.body]).toEqual([receiver.received[0]?.id, receiver.received[0]?.body]);
    expect(last !== undefined && isSigned(last, secret)).toBe(true);
    expect(await desk.list()).toMatchObject([{ dead: 0, delivered: 2 }]);
  });

  test("is not given up before it was tried often enough, however long that takes", async () => {
    const { tell, add, deliver, later, receiver, desk } = await openCourierScene();
    await add();
    receiver.answer = 503;
    await tell({});
    for (let tries = 0; tries < 2; tries += 1) {
      await deliver();
      await later(100);
    }
    expect(await desk.dead()).toEqual([]);
  });

  test("gets a day of its own again when somebody resumes it", async () => {
    const { tell, add, deliver, later, receiver, desk } = await openCourierScene();
    await add();
    receiver.answer = 503;
    await tell({});
    for (let tries = 0; tries < 2; tries += 1) {
      await deliver();
      await later(1);
    }
    await desk.pause("crm");
    await later(48);
    await desk.resume("crm");
    await deliver();
    expect(await desk.dead()).toEqual([]);
    expect(await desk.list()).toMatchObject([{ state: "failing", attempts: 1 }]);
  });

  test("with 410 is told nothing more until it is resumed", async () => {
    const { tell, add, deliver, receiver, rowsReceived, desk } = await openCourierScene();
    await add();
    receiver.answer = 410;
    await tell({ rowId: "1" });
    await deliver();
    await deliver();
    expect(await desk.list()).toMatchObject([{ state: "gone" }]);
    receiver.answer = 204;
    await desk.resume("crm");
    await deliver();
    expect(rowsReceived()).toEqual(["1", "1"]);
  });

  test("that asks for time gets it", async () => {
    const { tell, add, deliver, rows, receiver } = await openCourierScene();
    await add();
    receiver.answer = 429;
    receiver.headers = { "retry-after": "1800" };
    await tell({});
    await deliver();
    const [waiting] = await rows<{ minutes: number }>(
      "select extract(epoch from retry_at - now())::float8 / 60 as minutes from webhooks",
    );
    expect(waiting?.minutes).toBeCloseTo(30, 0);
  });

  test("that redirects, never answers, or cannot be reached, says so", async () => {
    const { tell, add, deliver, later, receiver, desk } = await openCourierScene();
    await add();
    receiver.answer = 307;
    receiver.headers = { location: receiver.url };
    await tell({});
    const failure = async (): Promise<string | null | undefined> => {
      await deliver();
      await later(2);
      return (await desk.list())[0]?.failure;
    };
    expect(await failure()).toContain("It answered 307; redirects are not followed");
    expect(receiver.received).toHaveLength(1);
    receiver.answer = null;
    expect(await failure()).toBe(`127.0.0.1:${receiver.port} did not answer in time.`);
    await desk.add({
      url: "http://127.0.0.1:1/",
      name: "nobody",
      types: null,
      tables: null,
      after: FEED_BEGIN,
    });
    await desk.remove("crm");
    expect(await failure()).toMatch(/^127\.0\.0\.1:1 cannot be reached/);
  });

  test("a receiver's long answer is not read", async () => {
    const { tell, add, deliver, receiver, desk } = await openCourierScene();
    await add();
    receiver.says = "x".repeat(5_000_000);
    await tell({});
    await deliver();
    expect(await desk.list()).toMatchObject([{ delivered: 1 }]);
  });
});

describe("several workers", () => {
  test("deliver a webhook one at a time, each event once", async () => {
    const { tell, add, courier, rowsReceived } = await openCourierScene();
    await add();
    for (let row = 1; row <= 60; row += 1) await tell({ rowId: String(row) });
    await Promise.all([courier(), courier(), courier()].map((one) => one.once(NEVER)));
    expect(rowsReceived()).toEqual(Array.from({ length: 60 }, (_, row) => String(row + 1)));
  });

  test("a worker that dies after a delivery leaves it to be made again, with the same id", async () => {
    const { tell, add, database, deliver, later, receiver, rowsReceived } = await openCourierScene();
    await add();
    await tell({ rowId: "1" }, { rowId: "2" });
    const store = openCourierStore(database);
    const dead = {
      ...store,
      move: () => Promise.reject(new Error("killed")),
      release: async () => undefined,
    };
    await deliver({ store: { ...dead, take: once(() => store.take()) } });
    expect(rowsReceived()).toEqual(["1"]);
    await deliver();
    expect(rowsReceived()).toEqual(["1"]);
    await later(1);
    await deliver();
    expect(rowsReceived()).toEqual(["1", "1", "2"]);
    expect(receiver.received[0]?.id).toBe(receiver.received[1]?.id);
  });

  test("a worker that was taken over moves nothing", async () => {
    const { tell, add, database, feed, later, deliver, desk, rowsReceived } = await openCourierScene();
    await add();
    await tell({ rowId: "1" }, { rowId: "2" });
    const store = openCourierStore(database);
    const stale = await store.take();
    if (stale === null) throw new Error("there is nothing to deliver");
    await later(1);
    await deliver();
    const end = await feed.end();
    expect(await store.move(stale, FEED_BEGIN, 1)).toBe(false);
    expect(await store.postpone(stale, "slow", 1)).toBe(false);
    expect(await store.bury(stale, { id: "x", type: "x", body: "{}" }, { failure: "x", position: end })).toBe(
      false,
    );
    expect(await store.settleLetter(stale, "1", null)).toBe(false);
    expect(await store.setGone(stale)).toBe(false);
    expect(rowsReceived()).toEqual(["1", "2"]);
    expect(await desk.dead()).toEqual([]);
  });

  test("a worker that is stopped in the middle of a delivery counts it as no failure", async () => {
    const { tell, add, courier, deliver, receiver, rowsReceived, desk } = await openCourierScene();
    await add();
    await tell({ rowId: "1" });
    receiver.answer = null;
    const stopping = new AbortController();
    const running = courier().run(stopping.signal);
    await expect.poll(() => receiver.received.length).toBe(1);
    stopping.abort();
    await running;
    expect(await desk.list()).toMatchObject([{ state: "delivering", attempts: 0 }]);
    receiver.answer = 204;
    await deliver();
    expect(rowsReceived()).toEqual(["1", "1"]);
  });

  test("a slow receiver holds up no other", async () => {
    const { tell, add, courier, receiver } = await openCourierScene();
    const other = await openReceiver();
    receiver.answer = null;
    await add();
    await add({ name: "other", url: other.url });
    await tell({ rowId: "1" });
    const stopping = new AbortController();
    const running = courier().run(stopping.signal);
    await expect.poll(() => other.received.length).toBe(1);
    stopping.abort();
    await running;
  });
});

describe("secrets", () => {
  test("are kept encrypted, each for its webhook, and readable only with the key", async () => {
    const { add, rows } = await openCourierScene();
    const { secret, encrypted } = await add();
    expect(encrypted).toBe(true);
    const [kept] = await rows<{ secret: string }>("select secret from webhooks");
    expect(kept?.secret).not.toContain(secret.slice(6, 20));
    const open = (key: string | undefined, about: string) => () =>
      openSafe(key).open(kept?.secret ?? "", about);
    expect(open(KEY, "the webhook crm")()).toBe(secret);
    expect(open(KEY, "the webhook other")).toThrow(SyncError);
    expect(open(randomBytes(32).toString("base64"), "the webhook crm")).toThrow("another one than then");
    expect(open(undefined, "the webhook crm")).toThrow("TANDEM_SECRET_KEY is not set");
  });

  test("without a key are kept readable, and it is said", async () => {
    const { database, receiver, rows } = await openCourierScene();
    const settings = { TANDEM_SECRET_KEY: undefined, TANDEM_WEBHOOK_HOSTS: undefined };
    const desk = openWebhookDesk({ database, settings, version: "test" });
    const wish = { url: receiver.url, name: null, types: null, tables: null, after: null };
    const added = await desk.add(wish);
    expect(added).toMatchObject({ name: `127.0.0.1:${receiver.port}`, encrypted: false });
    expect(await rows("select secret from webhooks")).toEqual([{ secret: `plain:${added.secret}` }]);
    await expect(desk.add(wish)).rejects.toThrow("There is a webhook 127.0.0.1");
    expect(await desk.test(added.name, NEVER)).toEqual({ kind: "delivered", status: 204 });
    expect(receiver.received[0]).toMatchObject({ type: "webhook.test" });
    expect(receiver.received.every((one) => isSigned(one, added.secret))).toBe(true);
    expect(await desk.test("nobody", NEVER)).toBeNull();
  });

  test.each(["configuration_invalid", "insecure_address"] as const)(
    "that cannot be used (%s) are a failure of the delivery, which waits",
    async (code) => {
      const { tell, add, deliver, desk } = await openCourierScene();
      await add();
      await tell({});
      await deliver({ send: async () => Promise.reject(new SyncError(code, "The key is missing.")) });
      expect(await desk.list()).toMatchObject([{ state: "failing", failure: "The key is missing." }]);
    },
  );
});

test("a host that an admin does not allow any more is sent nothing", async () => {
  const { database, add } = await openCourierScene();
  await add({ url: "https://hooks.invalid/x" });
  const settings = { TANDEM_SECRET_KEY: new Secret(KEY), TANDEM_WEBHOOK_HOSTS: ["hooks.example"] };
  const desk = openWebhookDesk({ database, settings, version: "test" });
  await expect(desk.test("crm", NEVER)).rejects.toThrow("does not name hooks.invalid");
});

test.each([
  ["ftp://hooks.example/x", /must begin with https|not encrypted/],
  ["hooks.example", /must begin with https/],
  ["http://hooks.example/x", /not encrypted/],
  ["https://ann:secret@hooks.example/x", /user name or password/],
])("an address like %s is refused", async (url, words) => {
  const { add } = await openCourierScene();
  await expect(add({ url })).rejects.toThrow(words);
});

/** Calls once, then has nothing more. */
function once<T>(call: () => Promise<T>): () => Promise<T | null> {
  let left = 1;
  return async () => (left-- > 0 ? call() : null);
}
