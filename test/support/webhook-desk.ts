import { SyncError } from "../../src/core/errors.ts";
import type { Answer } from "../../src/core/webhook.ts";
import type {
  AddedWebhook,
  DeadLetter,
  ListedWebhook,
  WebhookDesk,
  WebhookWish,
} from "../../src/core/webhook-port.ts";

/** A desk with one webhook, `crm`, that notes what it was asked. */
export class ScriptedWebhooks implements WebhookDesk {
  readonly asked: string[] = [];
  readonly wishes: WebhookWish[] = [];
  letters: readonly DeadLetter[] = [];
  listed: readonly ListedWebhook[] = [];
  answer: Answer = { kind: "delivered", status: 204 };
  encrypted = true;

  async add(wish: WebhookWish): Promise<AddedWebhook> {
    if (!wish.url.startsWith("https://")) throw new SyncError("insecure_address", "It is not encrypted.");
    this.wishes.push(wish);
    const { url, name } = wish;
    return { name: name ?? new URL(url).host, url, secret: "whsec_c2VjcmV0", encrypted: this.encrypted };
  }

  async list(): Promise<readonly ListedWebhook[]> {
    return this.listed;
  }

  remove(name: string): Promise<boolean> {
    return this.#note("remove", name);
  }

  pause(name: string): Promise<boolean> {
    return this.#note("pause", name);
  }

  resume(name: string): Promise<boolean> {
    return this.#note("resume", name);
  }

  async test(name: string): Promise<Answer | null> {
    return (await this.#note("test", name)) ? this.answer : null;
  }

  async dead(): Promise<readonly DeadLetter[]> {
    return this.letters;
  }

  async retry(id: string | null): Promise<number> {
    this.asked.push(`retry ${id ?? "all"}`);
    return this.letters.filter((letter) => id === null || letter.id === id).length;
  }

  async #note(act: string, name: string): Promise<boolean> {
    this.asked.push(`${act} ${name}`);
    return name === "crm";
  }
}
