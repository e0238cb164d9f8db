import { execFileSync, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { chmod, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DiskStorage } from "./disk.ts";
import { blobKey, manifestKey } from "./layout.ts";

const MEBIBYTE = 1024 * 1024;
const KEY = blobKey("d".repeat(64));
const isRoot = process.getuid?.() === 0;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "registry-faults-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function opened(): Promise<DiskStorage> {
  const storage = new DiskStorage(folder);
  await storage.open();
  return storage;
}
async function put(storage: DiskStorage, key: string, bytes: Uint8Array): Promise<void> {
  const writer = await storage.createWriter();
  try {
    await writer.write(bytes);
    await writer.finish();
    await writer.commit(key);
  } finally {
    await writer.abort();
  }
}
const temporaryFiles = () => readdir(join(folder, "uploads"));

/**
 * Runs `use` in a process tree of its own whose folder is a small volume. Root mounts a tmpfs; anybody
 * else does so in a user namespace, where the vitest process cannot look, so a child does the work.
 */
function inSmallVolume(script: string): string {
  const program = `
    import { readdir } from "node:fs/promises";
    import { execFileSync } from "node:child_process";
    import { DiskStorage } from ${JSON.stringify(join(import.meta.dirname, "disk.ts"))};
    import { blobKey, manifestKey } from ${JSON.stringify(join(import.meta.dirname, "layout.ts"))};
    const folder = ${JSON.stringify(folder)};
    const KEY = ${JSON.stringify(KEY)};
    const MEBIBYTE = ${MEBIBYTE};
    const storage = new DiskStorage(folder);
    await storage.open();
    const codeOf = (work) => work.then(() => "none", (error) => error.code ?? String(error));
    const temporary = async () => (await readdir(folder + "/uploads")).length;
    const remount = (mode) => execFileSync("mount", ["-o", "remount," + mode, folder]);
    const out = {};
    ${script}
    console.log(JSON.stringify(out));
  `;
  const command =
    'mount -t tmpfs -o size=8m tmpfs "$1" && "$2" --input-type=module -e "$3"; code=$?; umount "$1"; exit $code';
  // A mount namespace of its own: whatever happens, the mount ends with the process.
  const flags = isRoot ? ["--mount"] : ["--mount", "--user", "--map-root-user"];
  const shell = ["sh", "-c", command, "sh", folder, process.execPath, program];
  return execFileSync("unshare", [...flags, ...shell], { encoding: "utf8" });
}

/** Root ignores modes, so it becomes nobody for the while; anybody else takes the right from itself. */
async function withoutRights<T>(use: () => Promise<T>): Promise<T> {
  if (isRoot) process.seteuid?.(65_534);
  else await chmod(join(folder, "uploads"), 0o500);
  try {
    return await use();
  } finally {
    if (isRoot) process.seteuid?.(0);
    else await chmod(join(folder, "uploads"), 0o700);
  }
}

describe("a full volume", () => {
  it("throws insufficient_storage, leaves no trace, reads on, and writes again when there is room", () => {
    const out = JSON.parse(
      inSmallVolume(`
        const small = await storage.createWriter();
        await small.write(Buffer.alloc(MEBIBYTE, 7));
        await small.finish();
        await small.commit(KEY);
        const big = await storage.createWriter();
        const fill = async () => {
          for (let n = 0; n < 20; n += 1) await big.write(Buffer.alloc(MEBIBYTE));
          await big.finish();
        };
        out.code = await codeOf(fill());
        out.commit = await codeOf(big.commit(KEY));
        await big.abort();
        out.temporary = await temporary();
        out.free = (await storage.capacity()).freeBytes;
        const reader = await storage.openReader(KEY, { expectedSizeBytes: MEBIBYTE });
        const into = Buffer.alloc(MEBIBYTE);
        await reader.read(into, 0);
        out.readable = into.every((byte) => byte === 7);
        await reader.close();
        const document = manifestKey("m", "1.0.0");
        out.document = await codeOf(storage.putDocument(document, Buffer.alloc(20 * MEBIBYTE)));
        out.documentStat = await storage.stat(document);
        out.temporaryAfterDocument = await temporary();
        out.again = await codeOf(storage.putDocument(document, Buffer.alloc(MEBIBYTE)));
      `),
    );
    expect(out).toMatchObject({
      code: "insufficient_storage",
      temporary: 0,
      readable: true,
      document: "insufficient_storage",
      documentStat: null,
      temporaryAfterDocument: 0,
      again: "none",
    });
    expect(out.commit).not.toBe("none");
    expect(out.free).toBeGreaterThan(6 * MEBIBYTE);
  });

  it("throws insufficient_storage when the last bytes meet the end at finish", () => {
    const out = JSON.parse(
      inSmallVolume(`
        const writers = [];
        for (let n = 0; n < 40; n += 1) {
          const writer = await storage.createWriter();
          writers.push(writer);
          await codeOf(writer.write(Buffer.alloc(300_000)));
        }
        const codes = await Promise.all(writers.map((writer) => codeOf(writer.finish())));
        out.codes = [...new Set(codes)].sort();
        await Promise.all(writers.map((writer) => writer.abort()));
        out.temporary = await temporary();
      `),
    );
    expect(out).toEqual({ codes: ["insufficient_storage", "none"], temporary: 0 });
  });
});

describe("a read-only volume", () => {
  it("throws storage_read_only on every write, and reads on", () => {
    const out = JSON.parse(
      inSmallVolume(`
        await storage.putDocument(manifestKey("m", "1.0.0"), Buffer.from("{}"));
        const before = await storage.createWriter();
        await before.write(Buffer.from("x"));
        await before.finish();
        remount("ro");
        out.open = await codeOf(new DiskStorage(folder).open());
        out.create = await codeOf(storage.createWriter());
        out.commit = await codeOf(before.commit(KEY));
        out.document = await codeOf(storage.putDocument(manifestKey("m", "2.0.0"), Buffer.from("{}")));
        out.remove = await codeOf(storage.remove(manifestKey("m", "1.0.0")));
        out.move = await codeOf(storage.move(manifestKey("m", "1.0.0"), manifestKey("m", "3.0.0")));
        out.read = String(await storage.getDocument(manifestKey("m", "1.0.0")));
        remount("rw");
        await before.abort();
        out.temporary = await temporary();
      `),
    );
    const refused = "storage_read_only";
    expect(out).toEqual({
      open: refused,
      create: refused,
      commit: refused,
      document: refused,
      remove: refused,
      move: refused,
      read: "{}",
      temporary: 0,
    });
  });

  it("throws storage_read_only where the mode of the folder forbids writing", async () => {
    const storage = await opened();
    const code = await withoutRights(() =>
      storage.createWriter().then(
        () => "none",
        (error) => error.code,
      ),
    );
    expect(code).toBe("storage_read_only");
  });
});

describe("kill -9 in the middle of writing", () => {
  it("keeps every blob that was committed, shows no other, and reclaims the rest at start", async () => {
    const committed: string[] = [];
    let reclaimed = 0;
    for (let round = 0; round < 4; round += 1) {
      const script = join(import.meta.dirname, "disk-crash-child.ts");
      const child = spawn(process.execPath, [script, folder], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      let told = "";
      child.stdout.on("data", (chunk: Buffer) => {
        told += chunk.toString();
      });
      const closed = new Promise((resolve) => child.on("close", resolve));
      while (told.length < 65 * 10) await sleep(5);
      await sleep(Math.random() * 50);
      child.kill("SIGKILL");
      await closed;
      committed.push(...told.split("\n").filter((line) => line.length === 64));
      reclaimed += (await temporaryFiles()).length;
      await opened();
      expect(await temporaryFiles()).toEqual([]);
    }
    const storage = await opened();
    const found = new Set<string>();
    for await (const key of storage.list("blobs/")) {
      const digest = key.slice(-64);
      const bytes = await readFile(join(folder, key));
      expect(createHash("sha256").update(bytes).digest("hex")).toBe(digest);
      found.add(digest);
    }
    expect(committed.filter((digest) => !found.has(digest))).toEqual([]);
    // A blob may be linked and not yet printed when the kill comes, never the other way round.
    expect(found.size - committed.length).toBeLessThanOrEqual(4 * 3);
    expect(reclaimed).toBeGreaterThan(0);
  }, 60_000);
});

describe("temp files", () => {
  const touch = async (name: string, ageMs: number) => {
    const path = join(folder, "uploads", name);
    await writeFile(path, Buffer.alloc(1000));
    const time = new Date(Date.now() - ageMs);
    await utimes(path, time, time);
  };

  it("of a process that is out of sight stay until they are old", async () => {
    const storage = await opened();
    const foreign = "tmp-0123456789ab-pid4026530000-77-123456-0123456789abcdef";
    await touch(foreign, 60_000);
    expect(await storage.reclaimTemporary(120_000)).toEqual({ files: 0, bytes: 0 });
    expect(await storage.reclaimTemporary(30_000)).toEqual({ files: 1, bytes: 1000 });
  });

  it("of a pid that another process has got since are reclaimed at once", async () => {
    const storage = await opened();
    const writer = await storage.createWriter();
    const [own = ""] = await temporaryFiles();
    const stale = own.replace(/-\d+-[0-9a-f]{16}$/, `-1-${randomBytes(8).toString("hex")}`);
    await touch(stale, 0);
    expect(await storage.reclaimTemporary(120_000)).toEqual({ files: 1, bytes: 1000 });
    expect(await temporaryFiles()).toEqual([own]);
    await writer.abort();
  });

  it("never include what is not a temp file", async () => {
    const storage = await opened();
    await touch("notes.txt", 10 ** 9);
    expect(await storage.reclaimTemporary(0)).toEqual({ files: 0, bytes: 0 });
  });
});

describe("concurrent processes and writers", () => {
  it("end in one whole blob when two processes commit one key at once", async () => {
    const storages = await Promise.all([opened(), opened(), opened(), opened()]);
    const bytes = randomBytes(3 * MEBIBYTE);
    await Promise.all(storages.map((storage) => put(storage, KEY, bytes)));
    expect((await readFile(join(folder, KEY))).equals(bytes)).toBe(true);
    expect(await temporaryFiles()).toEqual([]);
  });

  it("never show a half-written document while it is replaced", async () => {
    const storage = await opened();
    const key = manifestKey("m", "1.0.0");
    const texts = ["a", "b"].map((letter) => letter.repeat(200_000));
    await storage.putDocument(key, Buffer.from(texts[0] ?? ""));
    let isDone = false;
    const replacing = (async () => {
      for (let n = 0; n < 30; n += 1)
        await storage.putDocument(key, Buffer.from(texts[n % 2] ?? ""));
      isDone = true;
    })();
    while (!isDone) expect(texts).toContain(Buffer.from(await storage.getDocument(key)).toString());
    await replacing;
  });
});
