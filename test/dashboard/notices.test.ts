import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Notice } from "../../src/core/notice.ts";
import { PHONE, openBrowser, openPage } from "./browser.ts";
import type { WatchedPage } from "./browser.ts";
import { openFixture } from "./fixture.ts";
import type { Fixture } from "./fixture.ts";
import { troubledWeek } from "./notice-scenes.ts";
import * as scenes from "./scenes.ts";

const root = path.join(import.meta.dirname, "../..");
const screenshots = path.join(root, "artifacts/screenshots");

let browser: Browser;
let fixture: Fixture;
let watched: WatchedPage;

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
  expect(watched.complaints).toEqual([]);
});

/** Opens the overview and goes to the notices by their link. */
async function open(listed: readonly Notice[], as: BrowserContextOptions = {}): Promise<Page> {
  fixture = await openFixture(scenes.resting(Date.now()));
  fixture.notices.listed = listed;
  watched = await openPage(browser, fixture.url, as);
  await watched.page.getByRole("link", { name: /^Notices/ }).click();
  await watched.page.getByRole("heading", { name: "Notices", level: 1 }).waitFor();
  return watched.page;
}

const eventually = <T>(read: () => T) => expect.poll(read, { timeout: 20_000 });

test("shows what lasts before what is over, with what to do, who must do it, and why it was not told", async () => {
  const page = await open(troubledWeek(Date.now()));
  const now = page.getByRole("region", { name: "Now" }).locator(".notice");
  await eventually(() => now.count()).toBe(2);
  const first = (await now.first().textContent()) ?? "";
  expect(first).toContain("Tandem may not read Opportunities and Subscriptions.");
  expect(first).toContain("What to do: Give its security role Read");
  expect(first).toContain("For the Dynamics administrator");
  expect(first).toContain("Not told by mail: The mail server does not answer.");
  const earlier = page.getByRole("region", { name: "Earlier" }).locator(".notice");
  expect(await earlier.count()).toBe(3);
  expect(await earlier.first().locator("code").allTextContents()).toEqual(["tandem errors", "tandem retry"]);
  expect(await earlier.nth(1).textContent()).toMatch(/Over: from .+ to /);
  expect(await page.title()).toBe("Notices · Tandem");
});

test("the header counts what nobody has seen, and less when it is marked as seen", async () => {
  const page = await open(troubledWeek(Date.now()));
  const link = page.getByRole("link", { name: /^Notices/ });
  await eventually(() => link.textContent()).toBe("Notices, 2 not seen yet");
  await page.getByRole("button", { name: "Mark as seen: Tandem may not read Opportunities" }).click();
  await eventually(() => fixture.notices.seen).toEqual(["9"]);
  await eventually(() => link.textContent()).toBe("Notices, 1 not seen yet");
  await page.getByRole("button", { name: "Mark all as seen" }).focus();
  await page.keyboard.press("Enter");
  await eventually(() => link.textContent()).toBe("Notices");
  expect(fixture.notices.seen).toEqual(["9", "7"]);
  await eventually(() => page.getByRole("button", { name: /^Mark/ }).count()).toBe(0);
});

test("says so while there is nothing to know", async () => {
  const page = await open([]);
  await page.getByText("Nothing has happened yet that you should know.").waitFor();
});

test.each(["light", "dark"] as const)("fits a desktop and a phone in %s", async (colorScheme) => {
  const page = await open(troubledWeek(Date.now()), { colorScheme });
  await page.getByText("Tandem may not read").first().waitFor();
  for (const [width, viewport] of [
    ["desktop", { width: 1440, height: 900 }],
    ["phone", PHONE],
  ] as const) {
    await page.setViewportSize(viewport);
    const [content, window] = await page.evaluate<[number, number]>(
      "[document.documentElement.scrollWidth, document.documentElement.clientWidth]",
    );
    expect(content, width).toBeLessThanOrEqual(window);
    await page.screenshot({
      path: path.join(screenshots, `notices-${width}-${colorScheme}.png`),
      fullPage: true,
    });
  }
});
