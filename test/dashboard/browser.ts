import { existsSync } from "node:fs";
import { chromium } from "playwright-core";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";

const EXECUTABLE = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

/** A headless Chromium with a fresh profile. @throws when there is none, saying what to install. */
export async function openBrowser(): Promise<Browser> {
  if (!existsSync(EXECUTABLE)) {
    throw new Error(
      `There is no Chromium at ${EXECUTABLE}. Install it (Debian: apt-get install -y chromium), ` +
        `or set CHROMIUM to where it is.`,
    );
  }
  return chromium.launch({
    executablePath: EXECUTABLE,
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--no-first-run",
    ],
  });
}

/** A page together with everything that must not happen on it. */
export interface WatchedPage {
  readonly page: Page;
  /** Addresses asked for on other hosts than the page's own. */
  readonly strays: readonly string[];
  /** What the console said as an error, and errors nobody caught. */
  readonly complaints: readonly string[];
}

/** How a page is opened. */
export interface PageOptions extends BrowserContextOptions {
  /** Where the page's clock stands still; its timers go on. Milliseconds since 1970. */
  readonly at?: number;
}

export async function openPage(
  browser: Browser,
  url: string,
  { at, ...as }: PageOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: DESKTOP, reducedMotion: "reduce", ...as });
  if (at !== undefined) await context.clock.setFixedTime(at);
  const page = await context.newPage();
  const strays: string[] = [];
  const complaints: string[] = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith("data:")) strays.push(request.url());
  });
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(url);
  return { page, strays, complaints };
}

export const DESKTOP = { width: 1440, height: 900 } as const;
export const PHONE = { width: 360, height: 740 } as const;
