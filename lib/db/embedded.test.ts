import { spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "./embedded.ts";

let root: string;
let dataFolder: string;
let lines: string[];
let running: EmbeddedPostgres | null;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "embedded-test-"));
  await chmod(root, 0o711);
  dataFolder = join(root, "data");
  lines = [];
  running = null;
});
afterEach(async () => {
  await running?.stop();
  await rm(root, { recursive: true, force: true });
});

async function start(): Promise<EmbeddedPostgres> {
  running = await startEmbeddedPostgres({
    dataFolder,
    log: (line) => lines.push(line),
    fallbackFolder: join(root, "elsewhere"),
  });
  return running;
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

const clusterFile = (name: string) => join(dataFolder, "postgres", "cluster", name);

describe("the embedded PostgreSQL", () => {
  it("keeps its data over a stop and a start, durably, on this machine's loopback only", async () => {
    const first = await start();
    await query(first.url, "CREATE TABLE kept AS SELECT 42 AS answer");
    const settings = await query(
      first.url,
      "SELECT current_setting('fsync') AS fsync, current_setting('listen_addresses') AS listen",
    );
    expect(settings).toEqual([{ fsync: "on", listen: "127.0.0.1" }]);
    await first.stop();
    await expect(stat(clusterFile("postmaster.pid"))).rejects.toThrow(/ENOENT/);
    const second = await start();
    expect(await query(second.url, "SELECT answer FROM kept")).toEqual([{ answer: 42 }]);
  });

  it("lets nobody in without the password, which only the owner may read", async () => {
    const { url, port } = await start();
    const file = join(dataFolder, "postgres", "password");
    expect((await stat(file)).mode & 0o077).toBe(0);
    expect(new URL(url).password).toBe(await readFile(file, "utf8"));
    const wrong = `postgresql://registry:wrong@127.0.0.1:${port}/registry`;
    await expect(query(wrong, "SELECT 1")).rejects.toThrow(/password authentication failed/);
  });

  it("stops the PostgreSQL that a killed server left behind, and keeps what was committed", async () => {
    // `root` belongs to this test: the child makes the cluster, commits a row and dies of SIGKILL.
    const script = `
      import { startEmbeddedPostgres } from ${JSON.stringify(join(import.meta.dirname, "embedded.ts"))};
      import pg from "pg";
      const server = await startEmbeddedPostgres({ dataFolder: process.argv[1], log: () => {} });
      const client = new pg.Client(server.url);
      await client.connect();
      await client.query("CREATE TABLE kept AS SELECT 42 AS answer");
      process.kill(process.pid, "SIGKILL");
    `;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script, dataFolder], {
      stdio: "inherit",
    });
    const signal = await new Promise((resolve) => child.on("exit", (_code, name) => resolve(name)));
    expect(signal).toBe("SIGKILL");
    const { url } = await start();
    expect(lines.join()).toMatch(/Stopping PostgreSQL .* left behind/);
    expect(await query(url, "SELECT answer FROM kept")).toEqual([{ answer: 42 }]);
  });

  it("is not fooled by a postmaster.pid whose number another program has now", async () => {
    await (await start()).stop();
    await writeFile(clusterFile("postmaster.pid"), `${process.pid}\n${dataFolder}\n1\n5432\n`);
    const { url } = await start();
    expect(await query(url, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
  });

  it("refuses a second server on the same data folder", async () => {
    await start();
    const second = startEmbeddedPostgres({ dataFolder, log: () => undefined });
    await expect(second).rejects.toThrow(
      /Another registry \(process \d+\) runs on this data folder/,
    );
  });

  it("comes back on the same port when PostgreSQL dies", async () => {
    const { url, pid } = await start();
    process.kill(pid() ?? 0, "SIGKILL");
    const answer = () => query(url, "SELECT 1 AS one").catch(() => []);
    await expect.poll(answer, { timeout: 60_000, interval: 200 }).toEqual([{ one: 1 }]);
    expect(lines.join()).toContain("PostgreSQL ended unexpectedly");
  });

  it("begins anew when a crash left a cluster half made", async () => {
    await mkdir(join(dataFolder, "postgres", "cluster.unfinished", "base"), { recursive: true });
    await chmod(dataFolder, 0o711);
    await chmod(join(dataFolder, "postgres"), 0o711);
    expect(await query((await start()).url, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
  });

  it("says how a database of an older PostgreSQL moves to this one, and leaves it as it is", async () => {
    await (await start()).stop();
    await writeFile(clusterFile("PG_VERSION"), "17\n");
    await expect(start()).rejects.toThrow(
      /was made by PostgreSQL 17, and this release brings PostgreSQL 18.* npm run backup.* npm run restore -- latest/,
    );
    expect(await readFile(clusterFile("PG_VERSION"), "utf8")).toBe("17\n");
  });

  it("says what to do when the data folder cannot be made", async () => {
    await writeFile(join(root, "file"), "");
    dataFolder = join(root, "file", "data");
    await expect(start()).rejects.toThrow(/cannot be made .* Set storage\.base_path/);
  });
});

// Only root needs another place: another user's server can use every folder of theirs.
if (process.getuid?.() === 0) {
  describe("started by root", () => {
    it("goes where user postgres may, says so, and finds its data again", async () => {
      await chmod(root, 0o711);
      const closed = join(root, "closed");
      await mkdir(closed, { mode: 0o700 });
      dataFolder = join(closed, "data");
      await query((await start()).url, "CREATE TABLE kept AS SELECT 42 AS answer");
      expect(lines.join()).toMatch(/User postgres .* may not enter .*; the database is in /);
      await running?.stop();
      // Even when the folder has been opened in the meantime: the data stays where it was put.
      await chmod(closed, 0o711);
      expect(await query((await start()).url, "SELECT answer FROM kept")).toEqual([{ answer: 42 }]);
    });

    it("never puts an empty database in the place of one that it may not enter any more", async () => {
      const { url } = await start();
      await query(url, "CREATE TABLE kept AS SELECT 42 AS answer");
      await running?.stop();
      await chmod(dataFolder, 0o700);
      await expect(start()).rejects.toThrow(/may not enter it any more/);
    });
  });
}
