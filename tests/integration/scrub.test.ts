/** The scrub against every kind of damage, with a real database, real files and real threads. */
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rename, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { scrubBlob } from "../../lib/blobs/scrub-blob.ts";
import { startChecker } from "../../lib/blobs/scrub-thread.ts";
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

it("gives two blobs that lie in each other's place back to their names", async () => {
  const [a, b] = [await put("raw"), await put("raw")];
  await rename(pathOf(blobKey(a)), pathOf("a"));
  await rename(pathOf(blobKey(b)), pathOf(blobKey(a)));
  await rename(pathOf("a"), pathOf(blobKey(b)));
  expect(await scrub()).toMatchObject({ damaged: 2, healed: 2 });
  expect((await alerts()).map(({ problem, isOpen }) => ({ problem, isOpen }))).toEqual([
    { problem: "swapped", isOpen: false },
    { problem: "swapped", isOpen: false },
  ]);
  for (const digest of [a, b]) expect(await read(digest)).toBe(digest);
});

it("names compressed blobs that lie in each other's place", async () => {
  const [a, b] = [await put("mrz"), await put("mrz")];
  await rename(pathOf(compressedBlobKey(a)), pathOf("a"));
  await rename(pathOf(compressedBlobKey(b)), pathOf(compressedBlobKey(a)));
  await rename(pathOf("a"), pathOf(compressedBlobKey(b)));
  expect(await scrub()).toMatchObject({ damaged: 2 });
  expect((await alerts()).map(({ problem }) => problem)).toEqual(["swapped", "swapped"]);
  for (const digest of [a, b]) await expect(registry.read(digest)).rejects.toMatchObject(refused);
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
    select key from graphile_worker.jobs where key like 'check-blob:%'`;
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
  expect(last.state).toBe("done");
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
