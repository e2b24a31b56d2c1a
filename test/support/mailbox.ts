/**
 * A mail server for tests, as far as RFC 5321 and RFC 4954 ask for it: it takes every mail, or refuses as it is told.
 */
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { createInterface } from "node:readline";

export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  /** By name in lower case, unfolded. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly html: string;
}

export interface Mailbox {
  /** `smtp://127.0.0.1:port`, with a user when one is asked for. */
  readonly url: string;
  readonly mails: Mail[];
  /** Answer to every mail instead of taking it: `451 Not now`. */
  refusal: string | null;
  close(): Promise<void>;
}

export interface Credentials {
  readonly user: string;
  readonly pass: string;
}

/** @param credentials asked for when given */
export async function openMailbox(credentials?: Credentials): Promise<Mailbox> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
    void new Conversation(socket, mailbox, credentials).hold();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const login =
    credentials === undefined ? "" : `${credentials.user}:${encodeURIComponent(credentials.pass)}@`;
  const mailbox: Mailbox = {
    url: `smtp://${login}127.0.0.1:${port}`,
    mails: [],
    refusal: null,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
  return mailbox;
}

interface Envelope {
  readonly from: string;
  readonly to: readonly string[];
}

/** One client from its greeting to its end. */
class Conversation {
  readonly #socket: Socket;
  readonly #mailbox: Mailbox;
  readonly #credentials: Credentials | undefined;
  #welcome: boolean;
  #envelope: Envelope = { from: "", to: [] };
  /** Lines of the mail that is coming in. */
  #lines: string[] | null = null;

  constructor(socket: Socket, mailbox: Mailbox, credentials: Credentials | undefined) {
    this.#socket = socket;
    this.#mailbox = mailbox;
    this.#credentials = credentials;
    this.#welcome = credentials === undefined;
  }

  async hold(): Promise<void> {
    this.#say("220 mailbox.test ESMTP");
    for await (const line of createInterface({ input: this.#socket })) {
      if (this.#lines === null) this.#hear(line);
      else if (line === ".") this.#take(this.#lines.join("\n"));
      else this.#lines.push(line.replace(/^\./, ""));
    }
  }

  #hear(line: string): void {
    const [, verb = "", rest = ""] = /^(\w+)\s*(.*)$/.exec(line) ?? [];
    const answers: Readonly<Record<string, () => string>> = {
      EHLO: () => `250-mailbox.test\r\n250 ${this.#credentials === undefined ? "8BITMIME" : "AUTH PLAIN"}`,
      AUTH: () => {
        this.#welcome = isLogin(rest, this.#credentials);
        return this.#welcome ? "235 Welcome" : "535 Wrong user or password";
      },
      MAIL: () => {
        this.#envelope = { from: address(rest), to: [] };
        return this.#welcome ? "250 Yes" : "530 Sign in first";
      },
      RCPT: () => {
        this.#envelope = { ...this.#envelope, to: [...this.#envelope.to, address(rest)] };
        return "250 Yes";
      },
      DATA: () => {
        this.#lines = [];
        return "354 Go on";
      },
      QUIT: () => "221 Bye",
    };
    this.#say(answers[verb.toUpperCase()]?.() ?? "250 Yes");
  }

  #take(source: string): void {
    const { refusal, mails } = this.#mailbox;
    if (refusal === null) mails.push(mailOf(this.#envelope, source));
    this.#say(refusal ?? "250 Taken");
    this.#lines = null;
  }

  #say(line: string): void {
    this.#socket.write(`${line}\r\n`);
  }
}

function isLogin(login: string, credentials: Credentials | undefined): boolean {
  const [, user, pass] = Buffer.from(login.replace(/^PLAIN /i, ""), "base64")
    .toString()
    .split("\0");
  return user === credentials?.user && pass === credentials?.pass;
}

function address(path: string): string {
  return /<([^>]*)>/.exec(path)?.[1] ?? "";
}

function mailOf({ from, to }: Envelope, source: string): Mail {
  const { headers, content } = partOf(source);
  const boundary = /boundary="([^"]+)"/.exec(headers["content-type"] ?? "")?.[1];
  const parts =
    boundary === undefined
      ? []
      : content
          .split(`--${boundary}`)
          .slice(1, -1)
          .map((part) => partOf(part.trimStart()));
  const decoded = (type: string): string => {
    const part = parts.find((one) => one.headers["content-type"]?.startsWith(type));
    return part === undefined ? "" : decode(part.content, part.headers["content-transfer-encoding"] ?? "");
  };
  return { from, to: [...to], headers, text: decoded("text/plain"), html: decoded("text/html") };
}

function partOf(source: string): { readonly headers: Record<string, string>; readonly content: string } {
  const end = source.indexOf("\n\n");
  const headers: Record<string, string> = {};
  for (const line of source
    .slice(0, end)
    .replaceAll(/\n[ \t]+/g, " ")
    .split("\n")) {
    const colon = line.indexOf(":");
    headers[line.slice(0, colon).toLowerCase()] = words(line.slice(colon + 1).trim());
  }
  return { headers, content: source.slice(end + 2) };
}

/** Encoded words of headers (RFC 2047), in UTF-8. */
function words(header: string): string {
  return header
    .replaceAll(/\?=\s+=\?/g, "?==?")
    .replaceAll(/=\?utf-8\?([BQ])\?([^?]*)\?=/gi, (_all, kind: string, text: string) =>
      kind.toUpperCase() === "B"
        ? Buffer.from(text, "base64").toString()
        : decode(text.replaceAll("_", " "), "quoted-printable"),
    );
}

function decode(content: string, encoding: string): string {
  if (encoding === "base64") return Buffer.from(content, "base64").toString();
  if (encoding !== "quoted-printable") return content;
  const bytes = content
    .replaceAll(/=\n/g, "")
    .replaceAll(/=([0-9A-F]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString();
}
