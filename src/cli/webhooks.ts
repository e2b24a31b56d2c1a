/**
 * `tandem webhook`: where events are delivered to, and what could not be delivered.
 */
import type { Command } from "commander";
import { readCursor } from "../core/event.ts";
import type { Answer } from "../core/webhook.ts";
import type { AddedWebhook, DeadLetter, ListedWebhook, WebhookDesk } from "../core/webhook-port.ts";
import { eventTypes, listed } from "./events.ts";
import type { Tandem } from "./tandem.ts";
import { aligned, coloured, integer, relative } from "./words.ts";

interface WebhookParts {
  readonly tandem: Pick<Tandem, "webhooks">;
  readonly signal: AbortSignal;
  readonly write: (text: string) => void;
  /** The time, for how long something has been waiting. */
  readonly now: () => Date;
}

interface Json {
  readonly json?: boolean;
}

export function addWebhooks(program: Command, parts: WebhookParts): void {
  const webhook = program
    .command("webhook")
    .description("have events delivered, signed, to an address of yours; try again what failed");
  addAdd(program, webhook, parts);
  addList(webhook, parts);
  addNamed(program, webhook, parts);
  addTest(program, webhook, parts);
  addDead(program, webhook, parts);
}

function addAdd(program: Command, webhook: Command, { tandem, signal, write }: WebhookParts): void {
  webhook
    .command("add")
    .description("add one; what happens from now on is delivered. Its secret is shown this once")
    .argument("<url>", "where events are posted to")
    .option("--types <types>", "only these types of events, separated by commas", eventTypes(program))
    .option("--tables <tables>", "only what happened to rows of these tables", listed)
    .option("--name <name>", "how to call it; the host when it is absent")
    .option("--from <cursor>", "begin after a cursor of the feed instead of now")
    .option("--json", "machine-readable output")
    .action(
      async (
        url: string,
        {
          types,
          tables,
          name,
          from,
          json = false,
        }: Json & { types?: string[]; tables?: string[]; name?: string; from?: string },
      ) => {
        const after = from === undefined ? null : readCursor(from);
        if (from !== undefined && after === null) program.error(`error: "${from}" is no cursor of the feed`);
        const wish = { url, name: name ?? null, types: types ?? null, tables: tables ?? null, after };
        const added = await tandem.webhooks((desk) => desk.add(wish), signal);
        write(json ? `${JSON.stringify(added)}\n` : addedText(added));
      },
    );
}

function addList(webhook: Command, { tandem, signal, write, now }: WebhookParts): void {
  webhook
    .command("list")
    .description("every webhook, and how its deliveries stand")
    .option("--json", "machine-readable output")
    .action(async ({ json = false }: Json) => {
      const webhooks = await tandem.webhooks((desk) => desk.list(), signal);
      write(json ? `${JSON.stringify(webhooks)}\n` : `${listText(webhooks, now())}\n`);
    });
}

interface Act {
  readonly name: string;
  readonly about: string;
  readonly act: (desk: WebhookDesk, name: string) => Promise<boolean>;
  readonly done: (name: string) => string;
}

const ACTS: readonly Act[] = [
  {
    name: "remove",
    about: "remove one, and its dead letters with it",
    act: (desk, name) => desk.remove(name),
    done: (name) => `The webhook ${name} is gone.`,
  },
  {
    name: "pause",
    about: "stop delivering; events wait",
    act: (desk, name) => desk.pause(name),
    done: (name) => `${name} is paused; \`tandem webhook resume ${name}\` lets it go on where it stopped.`,
  },
  {
    name: "resume",
    about: "go on where it stopped: after a pause, after 410, or at once instead of after the wait",
    act: (desk, name) => desk.resume(name),
    done: (name) => `${name} goes on as long as a Tandem is running.`,
  },
];

function addNamed(program: Command, webhook: Command, { tandem, signal, write }: WebhookParts): void {
  for (const { name: command, about, act, done } of ACTS) {
    webhook
      .command(command)
      .description(about)
      .argument("<name>", "the webhook")
      .option("--json", "machine-readable output")
      .action(async (name: string, { json = false }: Json) => {
        if (!(await tandem.webhooks((desk) => act(desk, name), signal))) program.error(NOBODY(name));
        write(json ? `${JSON.stringify({ name })}\n` : `${done(name)}\n`);
      });
  }
}

function addTest(program: Command, webhook: Command, { tandem, signal, write }: WebhookParts): void {
  webhook
    .command("test")
    .description("send an event of type webhook.test now, and say what was answered")
    .argument("<name>", "the webhook")
    .option("--json", "machine-readable output")
    .action(async (name: string, { json = false }: Json) => {
      const answer = await tandem.webhooks((desk) => desk.test(name, signal), signal);
      if (answer === null) return program.error(NOBODY(name));
      write(json ? `${JSON.stringify(answer)}\n` : `${answerText(answer)}\n`);
      if (answer.kind !== "delivered") process.exitCode = 1;
    });
}

function addDead(program: Command, webhook: Command, { tandem, signal, write, now }: WebhookParts): void {
  webhook
    .command("dead")
    .description("events that could not be delivered for a day; they wait for you")
    .option("--json", "machine-readable output")
    .action(async ({ json = false }: Json) => {
      const letters = await tandem.webhooks((desk) => desk.dead(), signal);
      write(json ? `${JSON.stringify(letters)}\n` : `${deadText(letters, now())}\n`);
    });
  webhook
    .command("retry")
    .description("have dead letters sent again: all, or one by its number")
    .argument("[number]", "as `tandem webhook dead` shows it")
    .option("--json", "machine-readable output")
    .action(async (number: string | undefined, { json = false }: Json) => {
      if (number !== undefined && !/^\d{1,18}$/.test(number)) {
        program.error("error: `tandem webhook dead` shows the numbers of dead letters");
      }
      const retried = await tandem.webhooks((desk) => desk.retry(number ?? null), signal);
      write(json ? `${JSON.stringify({ retried })}\n` : retriedText(retried));
    });
}

const NOBODY = (name: string): string =>
  `error: there is no webhook ${name}; \`tandem webhook list\` lists them`;

function addedText({ name, url, secret, encrypted }: AddedWebhook): string {
  const kept = encrypted
    ? "It is kept encrypted, and is not shown again."
    : "It is not shown again. It is kept readable in the database: set TANDEM_SECRET_KEY to have secrets encrypted.";
  return `Events are delivered to ${url} as ${name}, as long as a Tandem is running.\n  Secret  ${secret}\n${kept}\n`;
}

function listText(webhooks: readonly ListedWebhook[], now: Date): string {
  if (webhooks.length === 0) return "There is no webhook. `tandem webhook add <url>` adds one.";
  const rows = webhooks.map(({ name, url, types, tables, state, delivered, deliveredAt, dead }) => [
    name,
    url,
    [types?.join(", ") ?? "all", ...(tables === null ? [] : [`of ${tables.join(", ")}`])].join(" "),
    state,
    integer(delivered),
    relative(deliveredAt, now),
    integer(dead),
  ]);
  const head = ["webhook", "address", "events", "state", "delivered", "last", "dead"];
  const [first = "", ...rest] = aligned([head, ...rows], new Set([4, 6]));
  const failing = webhooks.flatMap(({ name, failure, attempts, retryAt }) =>
    failure === null || attempts === 0
      ? []
      : [`${coloured("yellow", name)}: ${failure} Tried ${times(attempts)}; again ${due(retryAt, now)}.`],
  );
  return [coloured("dim", first), ...rest, ...(failing.length > 0 ? ["", ...failing] : [])].join("\n");
}

function times(attempts: number): string {
  return attempts === 1 ? "once" : `${integer(attempts)} times`;
}

function due(retryAt: string | null, now: Date): string {
  return retryAt === null || new Date(retryAt) <= now ? "now" : relative(retryAt, now);
}

function answerText(answer: Answer): string {
  if (answer.kind === "delivered") return `It was received: ${answer.status}.`;
  return answer.kind === "gone" ? "It answered 410: there is nobody any more." : answer.detail;
}

function deadText(letters: readonly DeadLetter[], now: Date): string {
  if (letters.length === 0) return "There is no dead letter.";
  const rows = letters.map(({ id, webhook, type, event, attempts, diedAt, again, failure }) => [
    id,
    webhook,
    type,
    event,
    integer(attempts),
    relative(diedAt, now),
    again ? "is sent again" : failure,
  ]);
  const head = ["number", "webhook", "type", "event", "attempts", "given up", "reason"];
  const [first = "", ...rest] = aligned([head, ...rows], new Set([0, 4]));
  return [coloured("dim", first), ...rest, "", "`tandem webhook retry` has them sent again."].join("\n");
}

function retriedText(retried: number): string {
  if (retried === 0) return "There is no such dead letter. `tandem webhook dead` lists them.\n";
  const letters = retried === 1 ? "1 event is" : `${integer(retried)} events are`;
  return `${letters} sent again as soon as a Tandem is running.\n`;
}
