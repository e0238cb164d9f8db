/** The collection frees what nothing holds, and nothing else, whatever happens beside it. */
import { createHash } from "node:crypto";
import { mkdtemp, rm, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { planCollection } from "../../lib/blobs/maintenance/plan-collection.ts";
import { blobKey, compressedBlobKey, newCompressedBlobKey } from "../../lib/storage/layout.ts";
import { BlobRegistry } from "../support/blob-registry.ts";
import { beginInProcess, carryOut, createRun } from "../support/maintenance.ts";
import { halfCompressible, layeredModel } from "../support/model-files.ts";

let folder: string;
let registry: BlobRegistry;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "registry-collection-"));
  registry = await BlobRegistry.openOnDisk(folder);
});
afterAll(async () => {
  await registry?.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => registry.clear());

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const pathOf = (key: string) => join(folder, key);
const put = (bytes: Uint8Array, model = "model") =>
  registry.put({ model, files: [{ path: "m", bytes }] });

async function collect() {
  const runId = await createRun(registry.ctx, "collection");
  return carryOut(registry.ctx, registry.settings, { kind: "collection", runId });
}

/** Nothing refers to the blob any more, and its claim is of long ago. */
async function letGo(digest: string): Promise<void> {
  await registry.db.file.deleteMany({ where: { digest } });
  await registry.db.blob.updateMany({ where: { digest }, data: { claimedAt: new Date(0) } });
}

const stored = async (digest: string) => {
  const row = await registry.db.blob.findUnique({ where: { digest } });
  const forms = await Promise.all([
    registry.storage.stat(blobKey(digest)),
    registry.storage.stat(compressedBlobKey(digest)),
  ]);
  return { hasRow: row !== null, forms: forms.filter((form) => form !== null).length };
};
const GONE = { hasRow: false, forms: 0 };
const read = async (digest: string) => sha256(await registry.read(digest));

it("frees raw and compressed blobs that nothing holds, and keeps those of versions", async () => {
  const kept = (await put(halfCompressible(20_000))).digest;
  const raw = (await put(halfCompressible(20_000))).digest;
  const compressed = (await put(layeredModel(halfCompressible(200_000)))).digest;
  expect(await registry.compress(compressed)).toBe("stored");
  await read(compressed);
  await letGo(raw);
  await letGo(compressed);
  expect(await collect()).toMatchObject({ state: "done", freed_blobs: 2 });
  expect(await stored(raw)).toEqual(GONE);
  expect(await stored(compressed)).toEqual(GONE);
  expect(await registry.blobs.openCached(compressed, 200_000)).toBeNull();
  expect(await read(kept)).toBe(kept);
});

it("frees exactly what the dry run says, and the dry run changes nothing", async () => {
  const digests: string[] = [];
  for (let count = 0; count < 12; count += 1) {
    const { digest } = await put(halfCompressible(10_000 + count * 100));
    digests.push(digest);
    if (count % 2 === 0) await letGo(digest);
  }
  await registry.compress(digests[0] ?? "");
  const plan = await planCollection(registry.ctx);
  expect(plan.items.map(({ digest }) => digest.replace("sha256:", "")).sort()).toEqual(
    digests.filter((_digest, index) => index % 2 === 0).sort(),
  );
  expect(await planCollection(registry.ctx)).toEqual(plan);
  const freed = await collect();
  expect({ blobs: freed.freed_blobs, bytes: freed.freed_bytes }).toEqual({
    blobs: plan.blobs,
    bytes: plan.bytes,
  });
  expect(await planCollection(registry.ctx)).toMatchObject({ blobs: 0, bytes: 0, items: [] });
});

it("leaves young claims, transfers and lenders alone", async () => {
  const claimed = (await put(halfCompressible(9_000))).digest;
  await registry.db.file.deleteMany({ where: { digest: claimed } });
  const uploaded = (await put(halfCompressible(9_001))).digest;
  await letGo(uploaded);
  await registry.db.upload.create({
    data: {
      id: "01234567-89ab-4cde-8f01-23456789abcd",
      actor: "test",
      actorId: "test",
      sizeBytes: 9_001n,
      partSizeBytes: 9_001,
      partCount: 1,
      state: "stored",
      digest: uploaded,
      expiresAt: new Date(Date.now() + 60_000),
    },
  });
  expect(await collect()).toMatchObject({ freed_blobs: 0 });
  for (const digest of [claimed, uploaded]) expect(await read(digest)).toBe(digest);
  await registry.db.upload.deleteMany();
});

it("lets a lender go once the borrower stands alone", async () => {
  const shared = halfCompressible(3 * 1024 * 1024);
  const lender = (await put(layeredModel(shared))).digest;
  await registry.compress(lender);
  const borrower = (await put(layeredModel(shared, halfCompressible(100_000)))).digest;
  await registry.compress(borrower);
  expect(await registry.db.blobSource.count({ where: { sourceDigest: lender } })).toBe(1);
  await letGo(lender);
  expect(await collect()).toMatchObject({ freed_blobs: 0 });
  const jobs = await registry.db.$queryRaw<{ payload: { standalone: boolean } }[]>`
    select payload from graphile_worker._private_jobs where key = ${`compress-blob:${borrower}`}`;
  expect(jobs).toMatchObject([{ payload: { standalone: true } }]);
  await registry.compress(borrower, { standalone: true });
  expect(await collect()).toMatchObject({ freed_blobs: 1 });
  expect(await stored(lender)).toEqual(GONE);
  expect(await read(borrower)).toBe(borrower);
});

it("frees a chain of blobs that only hold each other in one run", async () => {
  const shared = halfCompressible(3 * 1024 * 1024);
  const lender = (await put(layeredModel(shared))).digest;
  await registry.compress(lender);
  const borrower = (await put(layeredModel(shared, halfCompressible(100_000)))).digest;
  await registry.compress(borrower);
  await letGo(lender);
  expect(await planCollection(registry.ctx)).toMatchObject({ blobs: 0 });
  await letGo(borrower);
  const plan = await planCollection(registry.ctx);
  expect(plan).toMatchObject({ blobs: 2 });
  expect(await collect()).toMatchObject({ freed_blobs: 2, freed_bytes: plan.bytes });
  expect([await stored(lender), await stored(borrower)]).toEqual([GONE, GONE]);
});

it("frees bytes that the database does not know, unless they are young", async () => {
  const old = halfCompressible(5_000);
  const young = halfCompressible(5_001);
  const left = newCompressedBlobKey(sha256(old), "0123456789abcdef");
  for (const [bytes, key] of [
    [old, blobKey(sha256(old))],
    [young, blobKey(sha256(young))],
    [old, left],
  ] as const) {
    const writer = await registry.storage.createWriter();
    await writer.write(bytes);
    await writer.finish();
    await writer.commit(key);
  }
  const longAgo = new Date(Date.now() - 2 * 60 * 60 * 1000);
  for (const key of [blobKey(sha256(old)), left]) await utimes(pathOf(key), longAgo, longAgo);
  expect(await collect()).toMatchObject({ freed_blobs: 1 });
  expect(await stored(sha256(old))).toEqual(GONE);
  expect(await registry.storage.stat(left)).toBeNull();
  expect((await stored(sha256(young))).forms).toBe(1);
});

it("removes rows whose bytes are gone and that nothing holds", async () => {
  const { digest } = await put(halfCompressible(3_000));
  await letGo(digest);
  await rm(pathOf(blobKey(digest)));
  expect(await collect()).toMatchObject({ state: "done", freed_blobs: 1 });
  expect(await stored(digest)).toEqual(GONE);
});

it("never takes bytes away from whoever registers the same at that moment", async () => {
  const bytes = layeredModel(halfCompressible(20_000));
  const { digest } = await put(bytes);
  const outcomes = { freed: 0, kept: 0 };
  for (let round = 0; round < 300; round += 1) {
    // Every third time the blob is compressed when the two meet.
    if (round % 3 === 0) await registry.compress(digest);
    await letGo(digest);
    const [run] = await Promise.all([
      afterTurns(Math.random() * 40).then(collect),
      afterTurns(Math.random() * 40).then(() => put(bytes)),
    ]);
    outcomes[run.freed_blobs > 0 ? "freed" : "kept"] += 1;
    expect(await read(digest), `round ${round}`).toBe(digest);
  }
  // Both orders happened, so the two did meet.
  expect(outcomes.freed).toBeGreaterThan(0);
  expect(outcomes.kept).toBeGreaterThan(0);
});

async function afterTurns(count: number): Promise<void> {
  for (let left = count; left > 0; left -= 1) await turn();
}

it("converges when it is killed again and again", async () => {
  const held = new Set<string>();
  const unheld = new Set<string>();
  for (let count = 0; count < 150; count += 1) {
    const { digest } = await put(halfCompressible(2_000));
    if (count % 5 === 0) held.add(digest);
    else {
      unheld.add(digest);
      await letGo(digest);
    }
  }
  const runId = await createRun(registry.ctx, "collection");
  const input = {
    url: registry.postgres.url,
    basePath: folder,
    kind: "collection" as const,
    runId,
  };
  for (let kills = 0; kills < 5; kills += 1) {
    const child = await beginInProcess(input);
    const ended = new Promise((resolve) => child.once("exit", resolve));
    await sleep(Math.random() * 150);
    child.kill("SIGKILL");
    await ended;
    for (const digest of held) expect(await read(digest)).toBe(digest);
  }
  const last = await carryOut(registry.ctx, registry.settings, { kind: "collection", runId });
  expect(last.state).toBe("done");
  for (const digest of unheld) expect(await stored(digest)).toEqual(GONE);
  for (const digest of held) expect(await read(digest)).toBe(digest);
});
