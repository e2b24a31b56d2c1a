import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { SyncError } from "../../src/core/errors.ts";
import type { Status } from "../../src/core/status.ts";
import { PHONE, openBrowser, openPage } from "./browser.ts";
import type { PageOptions, WatchedPage } from "./browser.ts";
import { openFixture } from "./fixture.ts";
import type { Fixture } from "./fixture.ts";
import * as scenes from "./scenes.ts";

const root = path.join(import.meta.dirname, "../..");
const screenshots = path.join(root, "artifacts/screenshots");

let browser: Browser;
let fixture: Fixture;
let watched: WatchedPage;
/** What the browser may complain of, rightly, in tests where the server goes away or cannot answer. */
let tolerated: RegExp | null = null;

beforeAll(async () => {
  await promisify(execFile)(process.execPath, ["dashboard/build.ts", "--if-stale"], { cwd: root });
  await mkdir(screenshots, { recursive: true });
  browser = await openBrowser();
});

afterAll(() => browser.close());

afterEach(async () => {
  await watched.page.context().close();
  await fixture.close();
  expect(watched.strays).toEqual([]);
  expect(watched.complaints.filter((text) => tolerated?.test(text) !== true)).toEqual([]);
  tolerated = null;
});

async function open(first: Status | Error, as: PageOptions = {}): Promise<Page> {
  fixture = await openFixture(first);
  watched = await openPage(browser, fixture.url, as);
  return watched.page;
}

/** Waits for what the page will show; the machine may be busy with other tests. */
const eventually = <T>(read: () => T) => expect.poll(read, { timeout: 20_000 });

const word = (page: Page) => page.locator(".connection-header__word");

test.each([
  ["Following", scenes.following, "A cycle is reading what has changed in Dynamics."],
  ["Resting", scenes.resting, "Everything is read. The next cycle begins in 3:12."],
  ["Waiting", scenes.waiting, "Dynamics asked us to slow down. Goes on by itself in 0:42"],
  ["Attention", scenes.attention, "Nothing flows until a person acts, as told below."],
] as const)("shows %s in one word and one sentence", async (shown, scene, sentence) => {
  const now = Date.now();
  const page = await open(scene(now), { at: now });
  await eventually(() => word(page).textContent()).toBe(shown);
  expect(await page.locator(".connection-header__sentence").textContent()).toContain(sentence);
  expect(await page.title()).toBe(`${shown} · Tandem`);
});

test("progress moves with the events, without a reload", async () => {
  const page = await open(scenes.copying(Date.now(), 0.45));
  const bar = page.getByRole("progressbar", { name: "Contacts" });
  const reached = async () => Number(await bar.getAttribute("aria-valuenow"));
  await eventually(reached).toBe(15);
  expect(await bar.getAttribute("aria-valuetext")).toBe("36,078 of 240,518 records, 15%");
  expect(await word(page).textContent()).toBe("Copying");
  fixture.show(scenes.copying(Date.now(), 0.56));
  await eventually(reached).toBe(92);
  fixture.show(scenes.resting(Date.now()));
  await eventually(() => word(page).textContent()).toBe("Resting");
  expect(await page.getByRole("progressbar", { name: "All entities" }).count()).toBe(0);
  await eventually(() =>
    page.getByRole("img", { name: /^Throughput over the last/ }).getAttribute("aria-label"),
  ).toMatch(/now 0 records per second, highest 3,412\.$/);
});

test("tells each trouble once, with the remedy and who must act", async () => {
  const page = await open(scenes.attention(Date.now()));
  const troubles = page.getByRole("region", { name: "Troubles" }).locator(".notice");
  await eventually(() => troubles.count()).toBe(3);
  const [own = "", refused = ""] = await troubles.allTextContents();
  expect(own).toContain("a secret may have expired");
  expect(own).toContain("For you, the admin of Tandem");
  expect(refused).toContain("For the Dynamics administrator");
  expect(refused).toContain("Opportunities");
  expect(await troubles.first().locator("time").first().getAttribute("title")).toMatch(/ UTC$/);
});

test("says how to connect while there is no connection", async () => {
  const page = await open(scenes.empty(Date.now()));
  await page.getByRole("heading", { name: "Connect a Dynamics organization" }).waitFor();
  expect(await page.getByText("npm run tandem -- connect").isVisible()).toBe(true);
  expect(await page.getByText("Demo", { exact: true }).count()).toBe(0);
});

test("says what is wrong when the status cannot be told, and shows it once it can", async () => {
  const page = await open(scenes.resting(Date.now()));
  await word(page).waitFor();
  fixture.show(new SyncError("database_unreachable", "PostgreSQL at db.example does not answer."));
  await page.getByText("PostgreSQL at db.example does not answer.").waitFor();
  expect(await word(page).textContent()).toBe("Resting");
  fixture.show(scenes.following(Date.now()));
  await eventually(() => word(page).textContent()).toBe("Following");
  expect(await page.getByText("PostgreSQL at db.example does not answer.").count()).toBe(0);
});

test("opened while the status cannot be told, it says why, who must act, and fills once it can", async () => {
  tolerated = /503 \(Service Unavailable\)/;
  const page = await open(new SyncError("database_unreachable", "PostgreSQL at db.example does not answer."));
  const trouble = page.getByRole("alert").filter({ hasText: "PostgreSQL at db.example does not answer." });
  await trouble.getByText("For you, the admin of Tandem").waitFor();
  expect(await trouble.textContent()).toContain("TANDEM_DATABASE_URL");
  fixture.show(scenes.resting(Date.now()));
  await eventually(() => word(page).textContent()).toBe("Resting");
});

test("comes back by itself after the server was away", async () => {
  tolerated = /net::ERR_|503 \(Service Unavailable\)/;
  const page = await open(scenes.copying(Date.now(), 0.5));
  await page.getByText("Live").waitFor();
  await fixture.close();
  await page.getByText("Connection lost, retrying.").waitFor();
  expect(await page.getByText("Offline").isVisible()).toBe(true);
  expect(await page.getByRole("button", { name: "Sync now" }).isDisabled()).toBe(true);
  fixture = await openFixture(scenes.resting(Date.now()), fixture.port);
  await eventually(() => word(page).textContent()).toBe("Resting");
  expect(await page.getByText("Connection lost, retrying.").count()).toBe(0);
});

test("sync now asks for a cycle of its connection, by keyboard too", async () => {
  const page = await open(scenes.resting(Date.now()));
  const button = page.getByRole("button", { name: "Sync now" });
  await button.click();
  await eventually(() => fixture.syncs).toEqual([1]);
  await button.focus();
  await page.keyboard.press("Enter");
  await eventually(() => fixture.syncs).toEqual([1, 1]);
  expect(await page.getByRole("button", { name: "Copy the psql command" }).isVisible()).toBe(true);
});

test("an address without a page says so and leads back", async () => {
  const page = await open(scenes.resting(Date.now()));
  await page.goto(`${fixture.url}/nowhere`);
  await page.getByRole("link", { name: "Go to the overview" }).click();
  await word(page).waitFor();
  expect(new URL(page.url()).pathname).toBe("/");
});

/** A scene and words that only it shows. */
const pictured = [
  ["copying", (now: number) => scenes.copying(now, 0.5), "120,259 of 240,518"],
  ["following", scenes.following, "Contoso Europe: Following"],
  ["waiting", scenes.waiting, "Contoso Europe: Waiting"],
  ["attention", scenes.attention, "Contoso Europe: Attention"],
  ["empty", scenes.empty, "Connect a Dynamics organization"],
] as const;

test.each(["light", "dark"] as const)("fits a desktop and a phone in %s", async (colorScheme) => {
  const page = await open(scenes.copying(Date.now(), 0.3), { colorScheme });
  await page.getByRole("img", { name: /^Throughput over the last [4-9].s:/ }).waitFor();
  for (const [name, scene, words] of pictured) {
    fixture.show(scene(Date.now()));
    await page.getByText(words).first().waitFor();
    for (const [width, viewport] of [
      ["desktop", { width: 1440, height: 900 }],
      ["phone", PHONE],
    ] as const) {
      await page.setViewportSize(viewport);
      const [content, window] = await page.evaluate<[number, number]>(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]",
      );
      expect(content, `${name} on a ${width}`).toBeLessThanOrEqual(window);
      await page.screenshot({
        path: path.join(screenshots, `${name}-${width}-${colorScheme}.png`),
        fullPage: true,
      });
    }
  }
});
