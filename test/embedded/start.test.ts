import { execFile } from "node:child_process";
import { once } from "node:events";
import { lstat, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { Client } from "pg";
import { afterAll, expect, test } from "vitest";
import { isRunning } from "../../src/store/embedded/postmaster.ts";
import { attachEmbedded, openEmbedded } from "../../src/store/embedded/server.ts";
import { clusterSettings } from "../../src/store/embedded/settings.ts";
import {
  clearTemplate,
  containing,
  killHard,
  processesIn,
  notes,
  query,
  scratch,
  startOwner,
  usedFolder,
} from "./scene.ts";

afterAll(clearTemplate);

test("a first start makes the folder, the cluster and the database", async () => {
  const folder = join(await scratch(), "not yet", "there");
  const lines: string[] = [];

  const server = await openEmbedded({ folder, log: (line) => lines.push(line) });

  expect(server.started).toBe(true);
  expect(server.version).toMatch(/^18\.\d+$/);
  expect(lines.join("\n")).toContain(`Making a new database in ${folder}`);
  expect(await readdir(folder)).toEqual(["postgres", "postgres.log"]);
  const [about] = await query<{ who: string; name: string; encoding: string; locale: string }>(
    server.connectionString,
    `select current_user as who, datname as name, pg_encoding_to_char(encoding) as encoding, datlocale as locale
     from pg_database where datname = current_database()`,
  );
  expect(about).toEqual({ who: "tandem", name: "tandem", encoding: "UTF8", locale: "C.UTF-8" });
  await server.stop();
});

test("the server has the settings of the table, and no TCP port", async () => {
  const server = await openEmbedded({ folder: await usedFolder() });
  const rows = await query<{ name: string; value: string }>(
    server.connectionString,
    "select lower(name) as name, current_setting(name) as value from pg_settings",
  );
  await server.stop();

  const values = Object.fromEntries(rows.map(({ name, value }) => [name, value]));
  expect(values).toMatchObject(Object.fromEntries(clusterSettings.map(({ name, value }) => [name, value])));
  expect(values).toMatchObject({ listen_addresses: "", unix_socket_permissions: "0700" });
});

test("only the user of the server can get to its socket", async () => {
  const folder = await usedFolder();
  const server = await openEmbedded({ folder });

  expect((await stat(server.socketDirectory)).mode & 0o777).toBe(0o700);
  expect((await stat(join(folder, "postgres.log"))).mode & 0o777).toBe(0o600);
  await server.stop();
});

test("a later start finds what was there, and a stop leaves no process and no record", async () => {
  const folder = await usedFolder();

  const server = await openEmbedded({ folder });
  expect(await notes(server.connectionString)).toEqual(["kept"]);
  await server.stop();

  expect(await isRunning(server.pid)).toBe(false);
  expect(await readdir(join(folder, "postgres"))).not.toContain("postmaster.pid");
  await expect(attachEmbedded(folder)).rejects.toMatchObject({ code: "not-running" });
});

test("a stop ends sessions that are still open, and a second stop changes nothing", async () => {
  const server = await openEmbedded({ folder: await usedFolder() });
  const client = new Client({ connectionString: server.connectionString });
  client.on("error", () => undefined);
  await client.connect();
  const sleeping = expect(client.query("select pg_sleep(600)")).rejects.toThrow(/terminating connection/);

  await Promise.all([server.stop(), server.stop()]);

  await sleeping;
  await server.stop();
  expect(server.ended.aborted).toBe(false);
});

test("psql and other tools get in with the same connection string", async ({ skip }) => {
  const psql = promisify(execFile)("psql", ["--version"]);
  await psql.catch(() => skip("psql is not installed"));
  const server = await openEmbedded({ folder: await usedFolder() });

  const { stdout } = await promisify(execFile)("psql", [
    server.connectionString,
    "-Atc",
    "select text from note",
  ]);

  expect(stdout.trim()).toBe("kept");
  await server.stop();
});

test("others attach to a live server without owning it", async () => {
  const folder = await usedFolder();
  await expect(attachEmbedded(folder)).rejects.toMatchObject({ code: "not-running" });
  const server = await openEmbedded({ folder });

  const attached = await attachEmbedded(folder);

  expect(attached).toMatchObject({ pid: server.pid, connectionString: server.connectionString });
  expect(await notes(attached.connectionString)).toEqual(["kept"]);
  await server.stop();
});

test.for([
  ["a space and an accent", "Données de vente (2)"],
  ["characters of a URI", "50%25 & more?x=1#y"],
  ["a comma, which libpq reads as two hosts", "sales, marketing"],
  ["a path too long for a socket", "long-".repeat(24)],
])("the folder's name may have %s", async ([, name = ""]) => {
  const folder = await usedFolder(name);

  const server = await openEmbedded({ folder });

  expect(Buffer.byteLength(server.socketDirectory)).toBeLessThan(100);
  expect(server.socketDirectory).not.toContain(",");
  expect(await notes((await attachEmbedded(folder)).connectionString)).toEqual(["kept"]);
  await server.stop();
  const left = await lstat(server.socketDirectory).catch(() => undefined);
  expect(left?.isSymbolicLink() ?? false).toBe(false);
});

test("a copy of a folder is a folder of its own, also while the first one is open", async () => {
  const folder = await usedFolder("long-".repeat(24));
  const first = await openEmbedded({ folder });
  await query(first.connectionString, "insert into note values ('only in the first')");
  const copy = `${folder}-copy`;
  await promisify(execFile)("cp", ["-a", folder, copy]);

  await expect(attachEmbedded(copy)).rejects.toMatchObject({ code: "not-running" });
  const second = await openEmbedded({ folder: copy });

  expect(second.pid).not.toBe(first.pid);
  await query(second.connectionString, "insert into note values ('only in the second')");
  expect(await notes(first.connectionString)).toEqual(["kept", "only in the first"]);
  await first.stop();
  await second.stop();
});

test("Ctrl-C in the terminal ends Tandem, not the server", async () => {
  const folder = await usedFolder();
  const owner = startOwner(folder);
  const { pid } = await owner.until("opened");

  process.kill(-owner.pid, "SIGINT");
  await once(owner.process, "exit");

  expect((await attachEmbedded(folder)).pid).toBe(pid);
});

test("giving up while it starts leaves no server behind", async () => {
  const folder = await usedFolder();
  const stop = new AbortController();
  const log = (line: string): void => {
    if (line.startsWith("Starting")) stop.abort(new Error("not now"));
  };

  await expect(openEmbedded({ folder, log, signal: stop.signal })).rejects.toThrow("not now");

  expect(await processesIn(join(folder, "postgres"))).toEqual([]);
  expect(await readdir(join(folder, "postgres"))).not.toContain("postmaster.pid");
});

test("two first starts at once make one cluster, and one of the two owns it", async () => {
  const folder = join(await scratch(), "server");
  const owners = [startOwner(folder), startOwner(folder)];

  const outcomes = await Promise.all(owners.map(async (owner) => owner.until("opened", "failed")));

  expect(outcomes.map(({ event }) => event).toSorted()).toEqual(["failed", "opened"]);
  expect(outcomes).toContainEqual(expect.objectContaining({ event: "failed", code: "held" }));
  expect(await readdir(folder)).toEqual(["postgres", "postgres.log"]);
});

test("a server that hangs is named after a while, and left to go on", async () => {
  const folder = await usedFolder();
  const owner = startOwner(folder);
  const { pid } = await owner.until("opened");
  await killHard(owner.pid);
  process.kill(pid, "SIGSTOP");

  const opening = openEmbedded({ folder, patienceMilliseconds: 100 });

  await expect(opening).rejects.toMatchObject({
    code: "not-answering",
    message: containing(String(pid)),
  });
  process.kill(pid, "SIGCONT");
  expect((await attachEmbedded(folder)).pid).toBe(pid);
});
