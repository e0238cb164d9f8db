/** The scrub against every kind of damage, with a real database, real files and real threads. */
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rename, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { scrubBlob } from "../../lib/blobs/maintenance/scrub-blob.ts";
import { getStorage } from "../../lib/blobs/report/get-storage.ts";
import { startChecker } from "../../lib/blobs/verification/scrub-thread.ts";
import { FORMAT_VERSION } from "../../lib/mrz/format.ts";
import { blobKey, compressedBlobKey, quarantineKey } from "../../lib/storage/layout.ts";
import { BlobRegistry } from "../support/blob-registry.ts";
import { beginInProcess, carryOut, createRun } from "../support/maintenance.ts";
import { halfCompressible, layeredModel } from "../support/model-files.ts";

let folder: string;
let registry: BlobRegistry;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "registry-scrub-"));
  registry = await BlobRegistry.openOnDisk(folder);
});
afterAll(async () => {
  await registry?.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => registry.clear());

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const pathOf = (key: string) => join(folder, key);

async function put(
  form: "raw" | "mrz",
  bytes = layeredModel(halfCompressible(200_000)),
): Promise<string> {
  const { digest } = await registry.put({ model: "model", files: [{ path: "m", bytes }] });
  if (form === "mrz") expect(await registry.compress(digest)).toBe("stored");
  return digest;
}

const keyOf = (form: "raw" | "mrz", digest: string) =>
  form === "raw" ? blobKey(digest) : compressedBlobKey(digest);

async function flip(key: string): Promise<void> {
  const bytes = await readFile(pathOf(key));
  const at = Math.floor(bytes.length / 2);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  await writeFile(pathOf(key), bytes);
}

/** As another release would have written it. */
async function setVersion(key: string, version: number): Promise<void> {
  const bytes = await readFile(pathOf(key));
  bytes.writeUInt16LE(version, 8);
  bytes.writeUInt16LE(version, bytes.length - 16);
  await writeFile(pathOf(key), bytes);
}

async function scrub(target: string | null = null) {
  const runId = await createRun(registry.ctx, "scrub", target);
  return carryOut(registry.ctx, registry.settings, { kind: "scrub", runId });
}

const alerts = async () =>
  (await registry.db.alert.findMany({ orderBy: { id: "asc" } })).map((row) => ({
    subject: row.subject.replace("sha256:", ""),
    problem: (row.detail as { problem: string }).problem,
    isOpen: row.resolvedAt === null,
  }));
const isQuarantined = async (key: string) =>
  (await registry.storage.stat(quarantineKey(key))) !== null;
const read = async (digest: string) => sha256(await registry.read(digest));
const refused = { code: "storage_corrupt" };

it("verifies every blob once, the longest unverified first", async () => {
  const digests = [await put("raw"), await put("mrz"), await put("raw")];
  expect(await scrub()).toMatchObject({ state: "done", blobs: 3, total_blobs: 3, damaged: 0 });
  for (const digest of digests) expect((await registry.blob(digest)).verifiedAt).not.toBeNull();
  expect(await alerts()).toEqual([]);
});

it("verifies one blob, or the blobs of one model, when asked to", async () => {
  const [first, second] = [await put("raw"), await put("raw")];
  expect(await scrub(`sha256:${first}`)).toMatchObject({ blobs: 1 });
  expect((await registry.blob(second)).verifiedAt).toBeNull();
  await registry.put({ model: "Other", files: [{ path: "m", bytes: halfCompressible(100) }] });
  expect(await scrub("model:other")).toMatchObject({ blobs: 1 });
  expect(await scrub("model:MODEL")).toMatchObject({ blobs: 2 });
});

describe.each(["raw", "mrz"] as const)("%s bytes", (form) => {
  it.each([
    ["a flipped byte", "wrong_bytes", flip],
    ["a cut end", "truncated", (key: string) => truncate(pathOf(key), 5_000)],
    ["nothing left of a blob", "missing", (key: string) => rm(pathOf(key))],
    ["an emptied file", "truncated", (key: string) => truncate(pathOf(key), 0)],
  ])("names %s, and goes on", async (_name, problem, damage) => {
    const digests = [await put(form), await put(form), await put(form)];
    const hurt = digests[1] ?? "";
    await damage(keyOf(form, hurt));
    expect(await scrub()).toMatchObject({ state: "done", blobs: 3, damaged: 1, healed: 0 });
    expect(await alerts()).toEqual([{ subject: hurt, problem, isOpen: true }]);
    expect((await registry.blob(hurt)).damagedAt).not.toBeNull();
    expect(await isQuarantined(keyOf(form, hurt))).toBe(problem !== "missing");
    await expect(registry.read(hurt)).rejects.toMatchObject(refused);
    for (const digest of digests.filter((other) => other !== hurt))
      expect(await read(digest)).toBe(digest);
    // The next run finds it missing and keeps what was found first.
    expect(await scrub()).toMatchObject({ damaged: 1 });
    expect(await alerts()).toEqual([{ subject: hurt, problem, isOpen: true }]);
  });

  it("is put right by whoever registers the same bytes again", async () => {
    const bytes = layeredModel(halfCompressible(200_000));
    const digest = await put(form, bytes);
    await flip(keyOf(form, digest));
    await scrub();
    expect(await put("raw", bytes)).toBe(digest);
    expect(await read(digest)).toBe(digest);
    expect((await registry.blob(digest)).damagedAt).toBeNull();
    expect(await alerts()).toEqual([{ subject: digest, problem: "wrong_bytes", isOpen: false }]);
    expect(await scrub()).toMatchObject({ damaged: 0, blobs: 1 });
  });
});

describe("a compressed form of another version", () => {
  const sentence = (version: number) =>
    `stored in version ${version} of the compressed form, which this release does not read.`;

  it.each([2, FORMAT_VERSION + 1])(
    "%i is named, refused, and left where it is",
    async (version) => {
      const digests = [await put("mrz"), await put("mrz")];
      const other = digests[0] ?? "";
      await setVersion(compressedBlobKey(other), version);
      await expect(registry.read(other)).rejects.toMatchObject({
        ...refused,
        detail: `The bytes are ${sentence(version)}`,
      });
      for (let run = 0; run < 2; run += 1) {
        expect(await scrub()).toMatchObject({ state: "done", blobs: 2, damaged: 1, healed: 0 });
        expect(await alerts()).toEqual([
          { subject: other, problem: "other_version", isOpen: true },
        ]);
      }
      const [alert] = await registry.db.alert.findMany();
      expect(alert?.detail).toMatchObject({
        explanation: `The compressed form is ${sentence(version)}`,
      });
      expect(await isQuarantined(compressedBlobKey(other))).toBe(false);
      const { damagedAt, storedBytes } = await registry.blob(other);
      const found = await registry.storage.stat(compressedBlobKey(other));
      expect([damagedAt === null, Number(storedBytes)]).toEqual([false, found?.sizeBytes]);
      expect(await read(digests[1] ?? "")).toBe(digests[1]);

      // The release that wrote it comes back.
      await setVersion(compressedBlobKey(other), FORMAT_VERSION);
      expect(await scrub()).toMatchObject({ damaged: 1, healed: 1 });
      expect(await read(other)).toBe(other);
    },
  );

  it("gives way to sound raw bytes, and to the same bytes registered again", async () => {
    const bytes = [0, 1].map(() => layeredModel(halfCompressible(200_000)));
    const digests = await Promise.all(bytes.map((blob) => put("mrz", blob)));
    for (const digest of digests) await setVersion(compressedBlobKey(digest), 2);
    await writeFile(pathOf(blobKey(digests[0] ?? "")), bytes[0] ?? "");
    expect(await scrub()).toMatchObject({ damaged: 2, healed: 1 });
    expect(await put("raw", bytes[1])).toBe(digests[1]);
    for (const digest of digests) {
      expect(await read(digest)).toBe(digest);
      expect(await registry.blob(digest)).toMatchObject({ encoding: "raw", damagedAt: null });
      expect(await registry.storage.stat(compressedBlobKey(digest))).toBeNull();
    }
    expect((await alerts()).map(({ isOpen }) => isOpen)).toEqual([false, false]);
  });

  it("is not blamed on the blobs that borrow from it", async () => {
    const shared = halfCompressible(3 * 1024 * 1024);
    const lender = await put("mrz", layeredModel(shared));
    const borrower = await put("mrz", layeredModel(shared, halfCompressible(100_000)));
    await setVersion(compressedBlobKey(lender), 2);
    await expect(registry.read(borrower)).rejects.toMatchObject(refused);
    expect(await scrub()).toMatchObject({ damaged: 2, healed: 0 });
    expect(await alerts()).toEqual(
      expect.arrayContaining([
        { subject: lender, problem: "other_version", isOpen: true },
        { subject: borrower, problem: "source_damaged", isOpen: true },
      ]),
    );
  });
});

async function swap(a: string, b: string): Promise<void> {
  await rename(pathOf(a), pathOf("swapped"));
  await rename(pathOf(b), pathOf(a));
  await rename(pathOf("swapped"), pathOf(b));
}

describe.each(["raw", "mrz"] as const)("%s blobs in each other's place", (form) => {
  it("get back what is theirs", async () => {
    const [a, b] = [await put(form), await put(form)];
    await swap(keyOf(form, a), keyOf(form, b));
    expect(await scrub()).toMatchObject({ damaged: 2, healed: 2 });
    expect((await alerts()).map(({ problem, isOpen }) => ({ problem, isOpen }))).toEqual([
      { problem: "swapped", isOpen: false },
      { problem: "swapped", isOpen: false },
    ]);
    for (const digest of [a, b]) {
      expect(await read(digest)).toBe(digest);
      expect(await registry.blob(digest)).toMatchObject({ encoding: "raw", damagedAt: null });
    }
    expect(await scrub()).toMatchObject({ damaged: 0, healed: 0 });
  });

  it("do so in a circle of three", async () => {
    const [a, b, c] = [await put(form), await put(form), await put(form)];
    await swap(keyOf(form, a), keyOf(form, b));
    await swap(keyOf(form, b), keyOf(form, c));
    expect(await scrub()).toMatchObject({ damaged: 3, healed: 3 });
    for (const digest of [a, b, c]) expect(await read(digest)).toBe(digest);
  });

  it("are both put right when one is verified, and its job is done for the other", async () => {
    const [a, b] = [await put(form), await put(form)];
    await swap(keyOf(form, a), keyOf(form, b));
    expect(await scrub(`sha256:${a}`)).toMatchObject({ blobs: 1, damaged: 1, healed: 1 });
    expect(await read(a)).toBe(a);
    const jobs = await registry.db.$queryRaw<{ key: string }[]>`
      select key from graphile_worker.jobs where key = ${`check-blob:${b}`}`;
    expect(jobs).toHaveLength(1);
    expect(await registry.scrub(b)).toMatchObject({ outcome: "healed" });
    expect(await read(b)).toBe(b);
    expect((await alerts()).map(({ isOpen }) => isOpen)).toEqual([false, false]);
  });
});

describe("another copy heals", () => {
  it("a damaged compressed form from the raw bytes beside it", async () => {
    const bytes = layeredModel(halfCompressible(200_000));
    const digest = await put("mrz", bytes);
    await writeFile(pathOf(blobKey(digest)), bytes);
    await flip(compressedBlobKey(digest));
    expect(await scrub()).toMatchObject({ damaged: 1, healed: 1 });
    expect(await registry.blob(digest)).toMatchObject({ encoding: "raw", damagedAt: null });
    expect(await registry.storage.stat(compressedBlobKey(digest))).toBeNull();
    expect(await isQuarantined(compressedBlobKey(digest))).toBe(true);
    expect(await read(digest)).toBe(digest);
    expect(await alerts()).toEqual([{ subject: digest, problem: "wrong_bytes", isOpen: false }]);
  });

  it("damaged raw bytes from the compressed form beside them", async () => {
    const bytes = layeredModel(halfCompressible(200_000));
    const digest = await put("mrz", bytes);
    await registry.db.blob.update({ where: { digest }, data: { encoding: "raw" } });
    await writeFile(pathOf(blobKey(digest)), bytes);
    await flip(blobKey(digest));
    expect(await scrub()).toMatchObject({ damaged: 1, healed: 1 });
    expect(await registry.blob(digest)).toMatchObject({ encoding: "raw", damagedAt: null });
    expect(await read(digest)).toBe(digest);
  });

  it("a compressed form of another version from the cache", async () => {
    const digest = await put("mrz");
    await fillCache(digest);
    await setVersion(compressedBlobKey(digest), 2);
    expect(await scrub()).toMatchObject({ damaged: 1, healed: 1 });
    expect(await read(digest)).toBe(digest);
  });

  it("the stored form from the cache, which is believed only with its digest", async () => {
    const digest = await put("mrz");
    await fillCache(digest);
    await flip(compressedBlobKey(digest));
    expect(await scrub()).toMatchObject({ damaged: 1, healed: 1 });
    expect(await read(digest)).toBe(digest);

    const other = await put("mrz");
    await fillCache(other);
    await flip(join("cache", other));
    await flip(compressedBlobKey(other));
    expect(await scrub()).toMatchObject({ damaged: 1, healed: 0 });
    await expect(registry.read(other)).rejects.toMatchObject(refused);
  });

  async function fillCache(digest: string): Promise<void> {
    const { sizeBytes } = await registry.blob(digest);
    for (;;) {
      await registry.read(digest);
      const copy = await registry.blobs.openCached(digest, Number(sizeBytes));
      await copy?.close();
      if (copy) return;
      await sleep(10);
    }
  }
});

it("leaves blobs in their place that only borrow from a damaged one, and frees them with it", async () => {
  const shared = halfCompressible(3 * 1024 * 1024);
  const bytes = layeredModel(shared);
  const lender = await put("mrz", bytes);
  const borrower = await put("mrz", layeredModel(shared, halfCompressible(100_000)));
  const [source] = await registry.db.blobSource.findMany({ where: { digest: borrower } });
  expect(source?.sourceDigest).toBe(lender);
  await flip(compressedBlobKey(lender));
  expect(await scrub()).toMatchObject({ damaged: 2, healed: 0 });
  const found = Object.fromEntries(
    (await alerts()).map(({ subject, problem }) => [subject, problem]),
  );
  expect(found).toEqual({ [lender]: "wrong_bytes", [borrower]: "source_damaged" });
  expect(await isQuarantined(compressedBlobKey(borrower))).toBe(false);
  await put("raw", bytes);
  const jobs = await registry.db.$queryRaw<{ key: string }[]>`
    select key from graphile_worker.jobs where key = ${`check-blob:${borrower}`}`;
  expect(jobs).toEqual([{ key: `check-blob:${borrower}` }]);
  const checker = startChecker(registry.storage, {
    settings: registry.settings,
    bytesPerSecond: 1e12,
  });
  const signal = new AbortController().signal;
  expect(await scrubBlob(registry.ctx, checker, borrower, signal)).toMatchObject({
    outcome: "healed",
  });
  await checker.end();
  expect(await read(borrower)).toBe(borrower);
  expect((await alerts()).every(({ isOpen }) => !isOpen)).toBe(true);
});

it("tells in its result that borrowers are right again with their lender", async () => {
  const shared = halfCompressible(3 * 1024 * 1024);
  const lender = await put("mrz", layeredModel(shared));
  const borrower = await put("mrz", layeredModel(shared, halfCompressible(100_000)));
  const other = await put("mrz");
  await swap(compressedBlobKey(lender), compressedBlobKey(other));
  // The order in which they are verified must not matter.
  await registry.db.blob.updateMany({ data: { verifiedAt: new Date(2) } });
  await registry.db.blob.update({ where: { digest: borrower }, data: { verifiedAt: new Date(1) } });
  expect(await scrub()).toMatchObject({ damaged: 3, healed: 3 });
  expect((await alerts()).every(({ isOpen }) => !isOpen)).toBe(true);
  for (const digest of [lender, borrower, other]) expect(await read(digest)).toBe(digest);
});

it("counts what is in its place, what was set aside, and what is right again", async () => {
  const bytes = layeredModel(halfCompressible(200_000));
  const [sound, hurt] = [await put("mrz"), await put("mrz", bytes)];
  const before = await getStorage(registry.ctx);
  const hurtBytes = Number((await registry.blob(hurt)).storedBytes);
  await flip(compressedBlobKey(hurt));
  await scrub();
  const after = await getStorage(registry.ctx);
  const soundRow = await registry.blob(sound);
  expect(after.stored_bytes).toBe(before.stored_bytes - hurtBytes);
  expect(after.stored_bytes).toBe(Number(soundRow.storedBytes));
  expect(after.blobs).toBe(1);
  expect(after.saved_by_compression_bytes).toBe(
    Number(soundRow.sizeBytes) - Number(soundRow.storedBytes),
  );
  expect(after.scrub.quarantine).toEqual({ files: 1, bytes: hurtBytes });

  // An operator puts a copy from a backup back.
  await rename(pathOf(quarantineKey(compressedBlobKey(hurt))), pathOf(compressedBlobKey(hurt)));
  await flip(compressedBlobKey(hurt));
  expect(await scrub()).toMatchObject({ damaged: 1, healed: 1 });
  const again = await getStorage(registry.ctx);
  expect(again).toMatchObject({ stored_bytes: before.stored_bytes, blobs: 2 });
  expect(again.scrub.quarantine).toEqual({ files: 0, bytes: 0 });
  expect(await read(hurt)).toBe(hurt);
});

it("raises no alarm for bytes that nobody was promised", async () => {
  const digest = await put("raw");
  await registry.db.file.deleteMany();
  await rm(pathOf(blobKey(digest)));
  expect(await scrub()).toMatchObject({ state: "done", damaged: 0 });
  expect(await alerts()).toEqual([]);
});

it("takes nothing for damaged while the whole store is away", async () => {
  const digest = await put("raw");
  await rename(folder, `${folder}-away`);
  try {
    const run = await scrub();
    expect(run).toMatchObject({ state: "done", damaged: 0, blobs: 0 });
    expect(run.error).toMatch(/1 blobs could not be verified/);
  } finally {
    await rename(`${folder}-away`, folder);
  }
  expect(await alerts()).toEqual([]);
  expect(await scrub()).toMatchObject({ blobs: 1, damaged: 0, error: null });
  expect(await read(digest)).toBe(digest);
});

it("goes on where it was interrupted", async () => {
  for (let count = 0; count < 6; count += 1) await put("raw");
  const runId = await createRun(registry.ctx, "scrub");
  const { sizeBytes } = await registry.db.blob.findFirstOrThrow();
  const controller = new AbortController();
  // Slow enough that some are left when the first was read.
  const begun = carryOut(
    registry.ctx,
    registry.settings,
    { kind: "scrub", runId },
    { signal: controller.signal, bytesPerSecond: Number(sizeBytes) * 10 },
  );
  const verified = () => registry.db.blob.count({ where: { verifiedAt: { not: null } } });
  while ((await verified()) === 0) await sleep(5);
  controller.abort();
  await expect(begun).rejects.toThrow();
  const before = await registry.db.blob.findMany({ where: { verifiedAt: { not: null } } });
  expect(before.length).toBeLessThan(6);
  await carryOut(registry.ctx, registry.settings, { kind: "scrub", runId });
  for (const { digest, verifiedAt } of before)
    expect((await registry.blob(digest)).verifiedAt).toEqual(verifiedAt);
  expect(await verified()).toBe(6);
});

it("converges when it is killed again and again", async () => {
  const damaged = new Set<string>();
  for (let count = 0; count < 60; count += 1) {
    const digest = await put("raw", halfCompressible(2_000));
    if (count % 3 === 0) {
      await flip(blobKey(digest));
      damaged.add(digest);
    }
  }
  const runId = await createRun(registry.ctx, "scrub");
  const input = { url: registry.postgres.url, basePath: folder, kind: "scrub" as const, runId };
  for (let kills = 0; kills < 6; kills += 1) {
    const child = await beginInProcess(input);
    const ended = new Promise((resolve) => child.once("exit", resolve));
    await sleep(Math.random() * 250);
    child.kill("SIGKILL");
    await ended;
  }
  const last = await carryOut(registry.ctx, registry.settings, { kind: "scrub", runId });
  expect(last).toMatchObject({ state: "done", blobs: 60, total_blobs: 60, damaged: damaged.size });
  // Whatever a kill left half done, everything is known to be what it is.
  expect((await scrub()).damaged).toBe(damaged.size);
  for (const row of await registry.db.blob.findMany()) {
    expect(row.damagedAt !== null).toBe(damaged.has(row.digest));
    if (damaged.has(row.digest))
      await expect(registry.read(row.digest)).rejects.toMatchObject(refused);
    else expect(await read(row.digest)).toBe(row.digest);
  }
  expect(new Set((await alerts()).map(({ subject }) => subject))).toEqual(damaged);
});
