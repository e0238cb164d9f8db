/** Whatever is done in whatever order, a blob that a version holds reads as it was put. */
import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { collectBlobs } from "../../lib/blobs/maintenance/collect-blobs.ts";
import type { BlobStoreSettings } from "../../lib/blobs/open-blob-store.ts";
import { blobKey, compressedBlobKey } from "../../lib/storage/layout.ts";
import { BlobRegistry } from "../support/blob-registry.ts";
import { safetensors } from "../support/model-files.ts";
import { startS3Server } from "../support/s3-server.ts";

/** Each run begins on what the one before left: more states for the same time. */
const LONGEST_RUN = 40;
/** A slow machine does fewer runs. */
const LONGEST_MS = 30_000;
const CACHE_BYTES = 3 * 1024 * 1024;

/** Reproducible bytes that look like weights: exponents repeat, mantissas do not. */
function layer(seed: number, bytes: number): Uint8Array {
  const values = new Uint8Array(bytes);
  let state = seed * 2654435761 + 1;
  for (let at = 0; at < bytes; at += 2) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    values[at] = state >>> 24;
    values[at + 1] = 0x3c + ((state >>> 20) & 1);
  }
  return values;
}

const model = (...layers: Uint8Array[]) =>
  safetensors(
    Object.fromEntries(
      layers.map((bytes, index) => [
        `layer.${index}`,
        { dtype: "BF16", shape: [bytes.length / 2], bytes },
      ]),
    ),
  );

const MEBIBYTE = 1024 * 1024;
const [A, B, C] = [layer(1, 2 * MEBIBYTE), layer(2, MEBIBYTE), layer(3, 300_000)];
const CONTENTS: Uint8Array[] = [
  model(A),
  model(A, B),
  model(A, B, C),
  model(B, C),
  model(layer(4, 100_000)),
  Buffer.from("short"),
  createHash("shake256", { outputLength: 200_000 }).update("does not compress").digest(),
];
const digestOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const DIGESTS = CONTENTS.map(digestOf);

/** The ids of the versions that hold each content. */
type Held = { versions: bigint[][] };
type Step = fc.AsyncCommand<Held, BlobRegistry>;

const bytesOf = (content: number) => CONTENTS[content] ?? new Uint8Array();
const digest = (content: number) => DIGESTS[content] ?? "";
const isHeld = ({ versions }: Held, content: number) => (versions[content]?.length ?? 0) > 0;

class Put implements Step {
  readonly content: number;
  constructor(content: number) {
    this.content = content;
  }
  check = () => true;
  async run(held: Held, registry: BlobRegistry) {
    const files = [{ path: "model.safetensors", bytes: bytesOf(this.content) }];
    const { id, digest: stored } = await registry.put({ model: "model", files });
    expect(stored).toBe(digest(this.content));
    held.versions[this.content]?.push(id);
  }
  toString = () => `put(${this.content})`;
}

class Read implements Step {
  readonly content: number;
  readonly from: number;
  readonly share: number;
  constructor(content: number, from: number, share: number) {
    this.content = content;
    this.from = from;
    this.share = share;
  }
  check = (held: Readonly<Held>) => isHeld(held, this.content);
  async run(_held: Held, registry: BlobRegistry) {
    const bytes = bytesOf(this.content);
    const start = Math.floor(bytes.length * this.from);
    const end = Math.max(start, Math.floor(start + (bytes.length - start) * this.share));
    const read = await registry.read(digest(this.content), { start, end });
    expect(digestOf(read)).toBe(digestOf(bytes.subarray(start, end)));
  }
  toString = () => `read(${this.content}, ${this.from}, ${this.share})`;
}

/** A step on one blob that changes nothing that a reader could notice. */
class Work implements Step {
  readonly name: string;
  readonly content: number;
  readonly work: (registry: BlobRegistry, digest: string) => Promise<unknown>;
  constructor(name: string, content: number, work: Work["work"]) {
    this.name = name;
    this.content = content;
    this.work = work;
  }
  check = (held: Readonly<Held>) => isHeld(held, this.content);
  async run(_held: Held, registry: BlobRegistry) {
    await this.work(registry, digest(this.content));
  }
  toString = () => `${this.name}(${this.content})`;
}

class Delete implements Step {
  readonly content: number;
  constructor(content: number) {
    this.content = content;
  }
  check = (held: Readonly<Held>) => isHeld(held, this.content);
  async run(held: Held, registry: BlobRegistry) {
    const id = held.versions[this.content]?.pop() ?? 0n;
    await registry.db.file.deleteMany({ where: { versionId: id } });
    await registry.db.version.update({ where: { id }, data: { purgedAt: new Date() } });
  }
  toString = () => `delete(${this.content})`;
}

class Collect implements Step {
  check = () => true;
  async run(held: Held, registry: BlobRegistry) {
    await collectBlobs(registry.ctx, { signal: new AbortController().signal, graceMs: 0 });
    for (const [which, sha256] of DIGESTS.entries()) {
      const row = await registry.db.blob.findUnique({
        where: { digest: sha256 },
        include: { dependents: true },
      });
      // What is held stays; the rest goes, unless the compressed form of another blob needs it.
      if (isHeld(held, which)) expect(row).not.toBeNull();
      else if (row !== null) expect(row.dependents).not.toEqual([]);
      else expect(await registry.blobs.has(sha256)).toBe(false);
    }
  }
  toString = () => "collect";
}

/** A byte of the stored form changes, the scrub looks, and somebody sends the same bytes again. */
class DamageAndHeal extends Put {
  override check = (held?: Readonly<Held>) => held !== undefined && isHeld(held, this.content);
  override async run(held: Held, registry: BlobRegistry) {
    const sha256 = digest(this.content);
    const { encoding } = await registry.blob(sha256);
    await registry.flipByte(encoding === "mrz" ? compressedBlobKey(sha256) : blobKey(sha256));
    const { outcome, wasDamaged } = await registry.scrub(sha256);
    expect(wasDamaged).toBe(true);
    if (outcome === "damaged")
      await expect(
        registry.blobs.openReader(sha256, bytesOf(this.content).length),
      ).rejects.toThrow();
    await super.run(held, registry);
    expect((await registry.blob(sha256)).damagedAt).toBeNull();
  }
  override toString = () => `damageAndHeal(${this.content})`;
}

/** Steps that do not begin with each other's end. */
class AtOnce implements Step {
  readonly steps: Step[];
  constructor(steps: Step[]) {
    this.steps = steps;
  }
  check = (held: Readonly<Held>) => this.steps.every((step) => step.check(held));
  async run(held: Held, registry: BlobRegistry) {
    await Promise.all(this.steps.map((step) => step.run(held, registry)));
  }
  toString = () => `(${this.steps.join(" | ")})`;
}

const content = fc.nat({ max: CONTENTS.length - 1 });
const share = fc.double({ min: 0, max: 1, noNaN: true });
const work = (name: string, run: Work["work"]) =>
  content.map((which) => new Work(name, which, run));

/** What may run beside anything else of these. */
const BESIDE: fc.Arbitrary<Step>[] = [
  content.map((which) => new Put(which)),
  fc.tuple(content, share, share).map(([which, from, part]) => new Read(which, from, part)),
  content.map((which) => new Read(which, 0, 1)),
  work("compress", (registry, sha256) => registry.compress(sha256)),
  work("standalone", (registry, sha256) => registry.compress(sha256, { standalone: true })),
  work("evict", (registry, sha256) => registry.blobs.evict(sha256)),
];

const STEPS: fc.Arbitrary<Step>[] = [
  ...BESIDE,
  fc.array(fc.oneof(...BESIDE), { minLength: 2, maxLength: 4 }).map((steps) => new AtOnce(steps)),
  work("restart", (registry) => registry.reopen()),
  fc.tuple(content, fc.nat({ max: 30 })).map(
    ([which, afterMs]) =>
      new Work(`crash after ${afterMs} ms of compression`, which, async (registry, sha256) => {
        const compressing = registry.compress(sha256).catch(() => "interrupted");
        await sleep(afterMs);
        await registry.reopen();
        await compressing;
      }),
  ),
  content.map((which) => new Delete(which)),
  content.map((which) => new DamageAndHeal(which)),
  fc.constant(new Collect()),
  work("scrub", async (registry, sha256) => {
    expect((await registry.scrub(sha256)).outcome).toBe("sound");
  }),
];

async function checkAll(held: Held, registry: BlobRegistry): Promise<void> {
  for (const [which, bytes] of CONTENTS.entries()) {
    if (!isHeld(held, which)) continue;
    expect(digestOf(await registry.read(digest(which)))).toBe(digestOf(bytes));
  }
  expect(registry.blobs.cacheStats()?.bytes).toBeLessThanOrEqual(CACHE_BYTES);
  const versions = await registry.db.$queryRaw<{ id: bigint }[]>`
    select id from version where stored_bytes <> (
      select sum(stored_bytes) from blob
      where digest in (select digest from file where version_id = version.id))`;
  expect(versions).toEqual([]);
}

type Place = { settings: BlobStoreSettings; dispose: () => Promise<void> };
type Store = { name: string; runs: number; open: (basePath: string) => Promise<Place> };

const limits = { cacheSizeBytes: CACHE_BYTES, minFreeSpaceBytes: 0 };
const STORES: Store[] = [
  {
    name: "disk",
    runs: 15,
    open: async (basePath) => ({
      settings: { driver: "disk", basePath, ...limits },
      dispose: async () => {},
    }),
  },
  {
    name: "s3",
    runs: 6,
    open: async (basePath) => {
      const server = await startS3Server();
      const s3 = await server.createBucket();
      return { settings: { driver: "s3", basePath, s3, ...limits }, dispose: () => server.stop() };
    },
  },
];

describe.each(STORES)("blobs on $name", ({ open, runs }) => {
  let folder: string;
  let place: Place;
  let registry: BlobRegistry;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "registry-property-"));
    place = await open(folder);
    registry = await BlobRegistry.open(place.settings);
  });
  afterAll(async () => {
    await registry?.close();
    await place?.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  it("read as they were put, whatever happens to them", async () => {
    const held: Held = { versions: CONTENTS.map(() => []) };
    const commands = fc.commands(STEPS, { maxCommands: LONGEST_RUN, size: "max" });
    await fc.assert(
      fc.asyncProperty(commands, async (steps) => {
        await fc.asyncModelRun(() => ({ model: held, real: registry }), steps);
        await checkAll(held, registry);
      }),
      { numRuns: runs, endOnFailure: true, interruptAfterTimeLimit: LONGEST_MS },
    );
  });
});
