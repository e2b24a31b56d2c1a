import { spawn } from "node:child_process";
import { mkdir, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Client } from "pg";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { isRunning } from "../../src/store/embedded/postmaster.ts";
import { attachEmbedded, openEmbedded } from "../../src/store/embedded/server.ts";
import { clearTemplate, isRoot, killHard, notes, query, scratch, startOwner, usedFolder } from "./scene.ts";

afterAll(clearTemplate);

test("the owner is killed: the server lives on, and the next Tandem takes it over", async () => {
  const folder = await usedFolder();
  const owner = startOwner(folder);
  const { pid, connectionString } = await owner.until("opened");
  await query(connectionString, "insert into note values ('before the kill')");

  await killHard(owner.pid);

  const server = await openEmbedded({ folder });
  expect(server).toMatchObject({ pid, started: false });
  expect(await notes(server.connectionString)).toEqual(["before the kill", "kept"]);
  await server.stop();
  expect(await isRunning(pid)).toBe(false);
});

test("the server is killed: its owner learns it, and the next one recovers everything acknowledged", async () => {
  const folder = await usedFolder();
  const owner = startOwner(folder);
  const { pid, connectionString } = await owner.until("opened");
  await query(connectionString, "insert into note values ('before the kill')");

  await killHard(pid);

  expect(await owner.until("ended")).toMatchObject({ code: "ended" });
  const server = await openEmbedded({ folder });
  expect(server.started).toBe(true);
  expect(await notes(server.connectionString)).toEqual(["before the kill", "kept"]);
  await server.stop();
});

test("an owner whose server is gone stops nothing, not even the server that came after", async () => {
  const folder = await usedFolder();
  const owner = startOwner(folder);
  await killHard((await owner.until("opened")).pid);
  await owner.until("ended");
  const server = await openEmbedded({ folder });

  await owner.stop();

  expect((await attachEmbedded(folder)).pid).toBe(server.pid);
  await server.stop();
});

test("a killed backend makes the server restart its sessions: the owner learns it and can open again", async () => {
  const server = await openEmbedded({ folder: await usedFolder() });
  const lost = new Promise((resolve) => server.ended.addEventListener("abort", resolve));
  const client = new Client({ connectionString: server.connectionString });
  client.on("error", () => undefined);
  await client.connect();
  const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");

  process.kill(rows[0]?.pid ?? 0, "SIGKILL");
  await lost;

  await client.end();
  expect(server.ended.reason).toMatchObject({ code: "ended" });
  const folder = join(server.socketDirectory, "..");
  const again = await openEmbedded({ folder });
  expect(again).toMatchObject({ pid: server.pid, started: false });
  expect(await notes(again.connectionString)).toEqual(["kept"]);
  await again.stop();
});

test("both are killed, again and again, while rows are written: no acknowledged row is lost", async () => {
  const folder = await usedFolder();
  let acknowledged = 0;
  for (const order of ["owner first", "server first", "owner first"]) {
    const owner = startOwner(folder);
    const { pid, connectionString } = await owner.until("opened");
    const client = new Client({ connectionString });
    client.on("error", () => undefined);
    await client.connect();
    const victims = order === "owner first" ? [owner.pid, pid] : [pid, owner.pid];
    for (let row = 0; row < 50; row++) {
      await client.query("insert into note values ('acknowledged')");
      acknowledged++;
    }
    const writing = writeUntilCut(client);
    for (const victim of victims) await killHard(victim);
    acknowledged += await writing;
  }

  const server = await openEmbedded({ folder });
  const kept = (await notes(server.connectionString)).filter((text) => text === "acknowledged").length;
  await server.stop();

  expect(acknowledged).toBeGreaterThan(149);
  // A row whose answer was cut off may be there as well: one for each kill.
  expect(kept).toBeGreaterThanOrEqual(acknowledged);
  expect(kept).toBeLessThanOrEqual(acknowledged + 3);
});

test("processes that a killed server left are waited for, and named when they stay", async () => {
  const folder = await usedFolder();
  const server = await openEmbedded({ folder });
  const client = new Client({ connectionString: server.connectionString });
  client.on("error", () => undefined);
  await client.connect();
  const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
  const orphan = rows[0]?.pid ?? 0;
  onTestFinished(() => killQuietly(orphan));
  const spinning = client.query("do $$ begin loop end loop; end $$").catch(() => undefined);
  await isActive(server.connectionString, orphan);

  await killHard(server.pid);
  await expect(openEmbedded({ folder, patienceMilliseconds: 300 })).rejects.toMatchObject({
    code: "orphans",
  });
  const owner = startOwner(folder);
  await owner.said("Waiting for processes of a killed PostgreSQL server");
  await killHard(orphan);

  const { connectionString } = await owner.until("opened");
  expect(await notes(connectionString)).toEqual(["kept"]);
  await owner.stop();
  await spinning;
});

test("the number of a killed server may be another process's by now", async () => {
  const folder = await usedFolder();
  const cluster = join(folder, "postgres");
  const server = await openEmbedded({ folder });
  await killHard(server.pid);
  const { uid, gid } = await stat(cluster);
  const stranger = spawn("sleep", ["600"], { ...(isRoot ? { uid, gid } : {}), stdio: "ignore" });
  onTestFinished(() => {
    stranger.kill();
  });
  for (const name of ["postmaster.pid", ".s.PGSQL.5432.lock"]) {
    const text = await readFile(join(cluster, name), "utf8");
    await writeFile(join(cluster, name), text.replace(/^\d+/, String(stranger.pid)));
  }

  const again = await openEmbedded({ folder });

  expect(await notes(again.connectionString)).toEqual(["kept"]);
  await again.stop();
  expect(stranger.exitCode).toBeNull();
});

test("a Tandem that opens the folder while another one stops gets it, or is told who holds it", async () => {
  const folder = await usedFolder();
  for (let round = 0; round < 5; round++) {
    const owner = await openEmbedded({ folder });

    const [next] = await Promise.allSettled([openEmbedded({ folder }), owner.stop()]);

    if (next.status === "rejected") expect(next.reason).toMatchObject({ code: "held" });
    else await next.value.stop();
  }
});

test("a first start that was killed half-way is done again", async () => {
  const folder = join(await scratch(), "server");
  const owner = startOwner(folder);
  await owner.said("Making a new database");
  await killHard(owner.pid);
  // On a busy machine the kill may come after the cluster was complete: half-way is what is tested.
  await rm(join(folder, "postgres"), { recursive: true, force: true });
  const draft = join(folder, `postgres.new-${owner.pid}-x`);
  await mkdir(join(draft, "base"), { recursive: true });

  const server = await openEmbedded({ folder });

  expect(server.started).toBe(true);
  expect(await readdir(folder)).toEqual(["postgres", "postgres.log"]);
  await server.stop();
});

async function writeUntilCut(client: Client): Promise<number> {
  for (let written = 0; ; written++) {
    const done = await client.query("insert into note values ('acknowledged')").then(
      () => true,
      () => false,
    );
    if (!done) return written;
  }
}

async function isActive(connectionString: string, backend: number): Promise<void> {
  await query(
    connectionString,
    `do $$ begin
       while not exists (select from pg_stat_activity where pid = ${backend} and state = 'active') loop
         perform pg_stat_clear_snapshot();
       end loop;
     end $$`,
  );
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended, as it should.
  }
}
