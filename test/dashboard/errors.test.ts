import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Refused } from "../../src/core/refused.ts";
import { PHONE, openBrowser, openPage } from "./browser.ts";
import type { WatchedPage } from "./browser.ts";
import { openFixture } from "./fixture.ts";
import type { Fixture } from "./fixture.ts";
import * as scenes from "./scenes.ts";

const root = path.join(import.meta.dirname, "../..");
const screenshots = path.join(root, "artifacts/screenshots");

const LONG: Refused = {
  entity: "contact",
  table: "people",
  way: "push",
  row: "12",
  crmId: "00000000-0000-4000-8000-00000000000c",
  code: "value_invalid",
  field: "first_name",
  detail: "First name is longer than 50 characters.",
  since: "2026-11-24T05:58:00.000Z",
};
const NUL: Refused = {
  ...LONG,
  entity: "lead",
  way: "pull",
  row: null,
  code: "value_unstorable",
  detail: "NUL",
};

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

async function open(refused: readonly Refused[], as: BrowserContextOptions = {}): Promise<Page> {
  fixture = await openFixture(scenes.resting(Date.now()));
  fixture.refused.push(...refused);
  watched = await openPage(browser, fixture.url, as);
  await watched.page.getByRole("link", { name: "Sync Errors" }).click();
  await watched.page.getByRole("heading", { name: "Sync Errors", level: 1 }).waitFor();
  return watched.page;
}

const eventually = <T>(read: () => T) => expect.poll(read, { timeout: 20_000 });

test("groups by cause, and lets one or all of a cause be tried again, by keyboard too", async () => {
  const page = await open([LONG, NUL]);
  await eventually(() => page.locator(".errors .card").count()).toBe(2);
  await page.getByRole("button", { name: "Retry contact 12" }).click();
  await page.getByText("will be tried again").waitFor();
  await page.getByRole("button", { name: "Retry all of these" }).focus();
  await page.keyboard.press("Enter");
  await eventually(() => fixture.retried).toEqual([
    { entity: "contact", code: "value_invalid", row: "12" },
    { code: "value_invalid" },
  ]);
});

test("finds by text, entity and way, and exports what is shown", async () => {
  const page = await open([LONG, NUL]);
  await page.getByLabel("Search").fill("LONGER");
  await eventually(() => page.locator(".errors .card").count()).toBe(1);
  expect(await page.getByRole("button", { name: "Retry all of these" }).count()).toBe(0);
  await page.getByLabel("Entity").selectOption("lead");
  await page.getByText("Nothing that was refused fits.").waitFor();
  await page.getByLabel("Search").fill("");
  await page.getByLabel("Way").selectOption("pull");
  await page.getByText("NUL").waitFor();
  const href = await page.getByRole("link", { name: "Export CSV" }).getAttribute("href");
  expect(href).toBe("/api/errors.csv?entity=lead&way=pull");
});

test("says so while nothing was refused", async () => {
  const page = await open([]);
  await page.getByText("Nothing was refused.").waitFor();
});

test.each(["light", "dark"] as const)("fits a desktop and a phone in %s", async (colorScheme) => {
  const page = await open([LONG, NUL], { colorScheme });
  await page.getByText("First name is longer").waitFor();
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
      path: path.join(screenshots, `errors-${width}-${colorScheme}.png`),
      fullPage: true,
    });
  }
});
