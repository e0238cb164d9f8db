import { spawnSync } from "node:child_process";
import { mkdir, readdir, readFile, rename, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { raiseAlert } from "../../lib/alerts/raise-alert.ts";
import { shortPublicKey } from "../../lib/audit/audit-keys.ts";
import { keepVerification } from "../../lib/backup/keep-verification.ts";
import { listBackups } from "../../lib/backup/list-backups.ts";
import { pruneBackups } from "../../lib/backup/prune-backups.ts";
import { runBackup } from "../../lib/backup/run-backup.ts";
import { runVerification } from "../../lib/backup/run-verification.ts";
import { scheduleBackups } from "../../lib/backup/schedule-backups.ts";
import { startBackup } from "../../lib/backup/start-backup.ts";
import { verificationSubject } from "../../lib/backup/verification-subject.ts";
import { SHARES, shareOf } from "../../lib/backup/verify-backup.ts";
import { scrubBlob } from "../../lib/blobs/maintenance/scrub-blob.ts";
import { withChecker } from "../../lib/blobs/verification/scrub-thread.ts";
import { inTransaction } from "../../lib/db/transaction.ts";
import { BackupScene, forgeSignature } from "../support/backup-scene.ts";
import { tinyModel } from "../support/model-files.ts";
import { type S3Server, startS3Server } from "../support/s3-server.ts";
import { inSmallVolume } from "../support/small-volume.ts";

const { signal } = new AbortController();
const tools = { signal, save: async () => undefined };

const blobPath = (folder: string, sha256: string) =>
  join(folder, "blobs", sha256.slice(0, 2), sha256.slice(2, 4), sha256);
const storedPath = (folder: string, sha256: string) =>
  join(folder, "blobs/sha256", sha256.slice(0, 2), sha256.slice(2, 4), sha256);

describe("a place for backups", () => {
  const scene = new BackupScene();
  beforeAll(() => scene.open());
  afterAll(() => scene.close());
  beforeEach(async () => {
    await scene.clear();
    await scene.furnish();
  });

  const ids = async () => (await listBackups(scene.registry.ctx)).items.map(({ id }) => id);

  it("that is not there is told of, raises an alert, and is not made", async () => {
    const { ctx } = scene.registry;
    await rm(scene.folder, { recursive: true });
    await expect(runBackup(ctx, tools)).rejects.toThrow(/is not there. Mount its volume/);
    const listed = await listBackups(ctx);
    expect(listed).toMatchObject({ items: [], problem: expect.stringMatching(/is not there/) });
    await expect(readdir(scene.folder)).rejects.toThrow(/ENOENT/);
    await mkdir(scene.folder);
    const alerts = () =>
      ctx.db.alert.findMany({ where: { kind: "backup_failed", resolvedAt: null } });
    expect(await alerts()).toHaveLength(1);
    await runBackup(ctx, tools);
    expect(await alerts(), "over with the next backup").toEqual([]);
    expect(await ids()).toHaveLength(1);
  });

  it("ends with a good backup the alerts of a place that was corrected since", async () => {
    const { ctx } = scene.registry;
    const open = () => ctx.db.alert.findMany({ where: { resolvedAt: null } });
    for (const subject of ["/mnt/mistyped", "s3://backups/mistyped/"])
      await inTransaction(ctx.db, (tx) =>
        raiseAlert(tx, { kind: "backup_failed", subject, detail: {} }, ctx.now()),
      );
    expect(await open()).toHaveLength(2);
    expect(await runBackup(ctx, tools)).toMatchObject({ subject: ctx.backups.place });
    expect(await open()).toEqual([]);
    const overdue = { kind: "backup_overdue", subject: "/mnt/mistyped", detail: {} } as const;
    await inTransaction(ctx.db, (tx) => raiseAlert(tx, overdue, ctx.now()));
    await scheduleBackups(ctx);
    expect(await open()).toEqual([]);
  });

  it("that is another one than was asked for is not written, and raises no alert", async () => {
    const { ctx } = scene.registry;
    const wanted = "/mnt/elsewhere, encrypted";
    await expect(runBackup(ctx, { ...tools, wanted })).rejects.toThrow(
      /asked for in \/mnt\/elsewhere, encrypted, .*not encrypted\. Give both the same backup settings/,
    );
    expect(await readdir(scene.folder)).toEqual([]);
    expect(await ctx.db.alert.count()).toBe(0);
  });

  it("keeps what is to be kept, and every blob of it", async () => {
    const first = await scene.backUp();
    await scene.registry.register("gamma", { "m.safetensors": tinyModel(77, 64) });
    const second = await scene.backUp();
    // The first one is of a day before, as far as its name and its files go.
    const older = first.id.replace(/^\d{8}/, "20250101");
    const at = (name: string) => join(scene.folder, "backups", name);
    await rename(at(first.id), at(older));
    expect(await readFile(join(at(older), "manifest.json"), "utf8")).toContain(first.id);
    const unfinished = "20250202-000000-abcdef";
    await mkdir(join(at(unfinished), "tables"), { recursive: true });
    await writeFile(join(at(unfinished), "tables/model.zst"), "half");
    const orphan = "ab".repeat(32);
    for (const [sha256, age] of [
      [orphan, 48],
      ["cd".repeat(32), 1],
    ] as const) {
      const path = blobPath(scene.folder, sha256);
      await mkdir(join(path, ".."), { recursive: true });
      await writeFile(path, "nobody's");
      const time = new Date(Date.now() - age * 3_600_000);
      await utimes(path, time, time);
    }
    const target = await scene.registry.ctx.backups.open({ forWriting: true });
    const keep = { daily: 1, weekly: 0, monthly: 0 };
    expect(await pruneBackups(target, keep, { signal })).toEqual({ ids: [older], blobs: 1 });
    await target.close();
    const left = await readdir(join(scene.folder, "backups"), { recursive: true });
    expect(left.filter((name) => name.includes(".") && !name.startsWith(second.id))).toEqual([]);
    expect(await ids()).toEqual([second.id]);
    await using restored = await scene.restore("latest");
    expect(await restored.downloads()).toHaveLength(7);
  });

  it("loses no blob while a backup that stays cannot be read", async () => {
    const { id } = await scene.backUp();
    await writeFile(join(scene.folder, "backups", id, "blobs.zst"), "damaged");
    const unfinished = join(scene.folder, "backups/20250202-000000-abcdef/tables");
    await mkdir(unfinished, { recursive: true });
    await writeFile(join(unfinished, "model.zst"), "half");
    const target = await scene.registry.ctx.backups.open({ forWriting: true });
    const keep = { daily: 1, weekly: 0, monthly: 0 };
    const before = await readdir(join(scene.folder, "blobs"), { recursive: true });
    await expect(pruneBackups(target, keep, { signal, graceMs: -60_000 })).rejects.toThrow(
      /damaged/,
    );
    await target.close();
    expect(await readdir(join(scene.folder, "blobs"), { recursive: true })).toEqual(before);
  });

  it("has a damaged blob set aside, which the next backup copies again", async () => {
    const { ctx } = scene.registry;
    const { id } = await scene.backUp();
    const { digest } = await ctx.db.file.findFirstOrThrow({ where: { path: "notes.txt" } });
    await writeFile(blobPath(scene.folder, digest), "xxx");
    const subject = verificationSubject({ id, isFull: true });
    const found = await runVerification(ctx, subject, tools);
    expect(found.error).toBe(`sha256:${digest} is damaged.`);
    expect((await listBackups(ctx)).items).toMatchObject([{ id, state: "damaged" }]);
    const open = { kind: "backup_damaged", resolvedAt: null };
    expect(await ctx.db.alert.count({ where: open })).toBe(1);
    expect((await scene.backUp()).blobs.new_blobs).toBe(1);
    expect(await runVerification(ctx, subject, tools)).not.toHaveProperty("error");
    expect(await ctx.db.alert.count({ where: open })).toBe(0);
    expect((await listBackups(ctx)).items.map(({ state }) => state)).toEqual(["sound", "sound"]);
  });

  it("has at least one blob read, though none of few is of the share", async () => {
    const { ctx } = scene.registry;
    const { id } = await scene.backUp();
    const files = await ctx.db.file.findMany({ select: { digest: true } });
    const taken = new Set(files.map(({ digest }) => shareOf(digest)));
    const share = Array.from({ length: SHARES }, (_, index) => index).find((at) => !taken.has(at));
    expect(share).toBeDefined();
    const found = await keepVerification(ctx, { id, share: share ?? 0, signal });
    expect(found).toMatchObject({ blobs: 1, problems: [] });
  });

  it("tells of a manifest that another key has signed, and restores only what the given key has", async () => {
    const { ctx } = scene.registry;
    const { id } = await scene.backUp();
    const file = join(scene.folder, "backups", id, "manifest.json");
    const original = await forgeSignature(file);
    const ours = shortPublicKey({ publicKey: JSON.parse(original).public_key });
    const found = await runVerification(ctx, verificationSubject({ id, isFull: false }), tools);
    expect(found.error).toMatch(/signed by ed25519:\S+, which is no key of this registry/);
    await using empty = await scene.emptyRegistry();
    await expect(empty.restore(id, signal, ours)).rejects.toThrow(/not by ed25519:/);
    await writeFile(file, original);
    const verified = await runVerification(ctx, verificationSubject({ id, isFull: false }), tools);
    expect(verified).not.toHaveProperty("error");
    expect((await empty.restore(id, signal, ours)).manifest.id).toBe(id);
  });

  it("heals a blob that is damaged in the registry", async () => {
    const { ctx } = scene.registry;
    await scene.backUp();
    const { digest } = await ctx.db.file.findFirstOrThrow({ where: { path: "notes.txt" } });
    await writeFile(storedPath(scene.registry.folder, digest), "xxx");
    const result = await withChecker(ctx, (checker) => scrubBlob(ctx, checker, digest, signal));
    expect(result).toMatchObject({ outcome: "healed", wasDamaged: true });
  });
});

describe("a volume for backups", () => {
  const scene = new BackupScene();
  beforeAll(() => scene.open());
  afterAll(() => scene.close());
  beforeEach(async () => {
    await scene.clear();
    await scene.registry.register("large", { "m.safetensors": tinyModel(1, 3_000_000) });
  });

  /** A backup onto a volume of 8 MB that only this process sees. */
  function backUpOnto(folder: string, minFreeSpace: string, isReadOnly: boolean) {
    const child = join(import.meta.dirname, "../support/backup-child.ts");
    const run = [process.execPath, "--disable-warning=ExperimentalWarning", child];
    const readOnly = ["sh", "-c", 'mount -o remount,ro "$0" && exec "$@"', folder, ...run];
    const [program = "", ...parameters] = inSmallVolume(folder, 8, isReadOnly ? readOnly : run);
    const { storage, database } = scene.registry.services.config;
    const outcome = spawnSync(program, parameters, {
      encoding: "utf8",
      env: {
        ...process.env,
        DATABASE_URL: database.url ?? "",
        MODEL_REGISTRY_STORAGE__BASE_PATH: storage.basePath,
        MODEL_REGISTRY_STORAGE__MIN_FREE_SPACE: minFreeSpace,
        MODEL_REGISTRY_BACKUP__TARGET: folder,
        MODEL_REGISTRY_LOG__LEVEL: "silent",
      },
    });
    expect(outcome.stderr).toBe("");
    return JSON.parse(outcome.stdout);
  }

  it.each([
    ["full", "0", false, "insufficient_storage"],
    ["not free enough", "6MB", false, "insufficient_storage"],
    ["read-only", "0", true, "storage_read_only"],
  ] as const)("that is %s ends a backup without a trace", async (...row) => {
    const [, minFreeSpace, isReadOnly, code] = row;
    const { ctx } = scene.registry;
    const outcome = backUpOnto(join(scene.folder, "volume"), minFreeSpace, isReadOnly);
    expect(outcome).toEqual({ error: code, manifests: 0, temporary: 0 });
    expect(await ctx.db.backupHold.count(), "collections go on").toBe(0);
    expect(await ctx.db.alert.count({ where: { kind: "backup_failed" } })).toBe(1);
    await runBackup(ctx, tools);
  });
});

describe("an encrypted place for backups", () => {
  const scene = new BackupScene({
    MODEL_REGISTRY_BACKUP__PASSPHRASE: "correct horse battery staple",
  });
  beforeAll(() => scene.open());
  afterAll(() => scene.close());

  it("heals a blob, and shows nothing to whoever has no passphrase", async () => {
    const { ctx } = scene.registry;
    const text = "a text that is nowhere to be found ".repeat(100);
    await scene.registry.register("secret", { "notes.txt": text });
    expect(await listBackups(ctx)).toMatchObject({ items: [], problem: null });
    await scene.backUp();
    const { digest } = await ctx.db.file.findFirstOrThrow({ where: { path: "notes.txt" } });
    await writeFile(storedPath(scene.registry.folder, digest), "xxx");
    const result = await withChecker(ctx, (checker) => scrubBlob(ctx, checker, digest, signal));
    expect(result).toMatchObject({ outcome: "healed" });
    for (const name of await readdir(scene.folder, { recursive: true })) {
      const content = await readFile(join(scene.folder, name)).catch(() => Buffer.alloc(0));
      expect(content.includes("nowhere to be found") || content.includes('"secret"'), name).toBe(
        false,
      );
    }
  });
});

describe("a bucket for backups", () => {
  let s3: S3Server;
  let scene: BackupScene;
  beforeAll(async () => {
    s3 = await startS3Server();
    const { endpoint, bucket, accessKeyId, secretAccessKey } = await s3.createBucket();
    scene = new BackupScene({
      MODEL_REGISTRY_BACKUP__TARGET: `s3://${bucket}/copies`,
      MODEL_REGISTRY_BACKUP__S3__ENDPOINT: endpoint ?? "",
      MODEL_REGISTRY_BACKUP__S3__ACCESS_KEY_ID: accessKeyId ?? "",
      MODEL_REGISTRY_BACKUP__S3__SECRET_ACCESS_KEY: secretAccessKey ?? "",
    });
    await scene.open();
  });
  afterAll(async () => {
    await scene.close();
    await s3.stop();
  });

  it("is written, listed, verified and restored from as a folder is", async () => {
    const { ctx } = scene.registry;
    await scene.furnish();
    const before = await scene.rows();
    const { id } = await scene.backUp();
    expect((await scene.backUp()).blobs.new_blobs).toBe(0);
    const subject = verificationSubject({ id, isFull: true });
    expect(await runVerification(ctx, subject, tools)).not.toHaveProperty("error");
    const listed = await listBackups(ctx);
    expect(listed.items).toHaveLength(2);
    expect(JSON.stringify(listed)).not.toContain("registry-secret");
    await using restored = await scene.restore(id);
    expect(await restored.rows()).toEqual(before);
    expect(await restored.downloads()).toHaveLength(6);
  });
});

describe("models in a bucket without a place for backups", () => {
  let s3: S3Server;
  let scene: BackupScene;
  beforeAll(async () => {
    s3 = await startS3Server();
    const { endpoint, bucket, accessKeyId, secretAccessKey } = await s3.createBucket();
    scene = new BackupScene({
      MODEL_REGISTRY_BACKUP__TARGET: "",
      MODEL_REGISTRY_STORAGE__DRIVER: "s3",
      MODEL_REGISTRY_STORAGE__S3__BUCKET: bucket,
      MODEL_REGISTRY_STORAGE__S3__ENDPOINT: endpoint ?? "",
      MODEL_REGISTRY_STORAGE__S3__ACCESS_KEY_ID: accessKeyId ?? "",
      MODEL_REGISTRY_STORAGE__S3__SECRET_ACCESS_KEY: secretAccessKey ?? "",
    });
    await scene.open();
  });
  afterAll(async () => {
    await scene?.close();
    await s3.stop();
  });

  it("have none, by schedule or by hand, and it is said what to set", async () => {
    const { ctx } = scene.registry;
    await scene.registry.register("alpha", { "notes.txt": "one" });
    await ctx.db.model.updateMany({ data: { createdAt: new Date(0) } });
    await scheduleBackups(ctx);
    expect(await ctx.db.operation.count({ where: { kind: "backup" } })).toBe(0);
    await expect(startBackup(ctx)).rejects.toThrow(/set backup\.target/);
    const problem = expect.stringMatching(/set backup\.target/);
    const nothing = { enabled: false, target: null, next_at: null, beside_models: false };
    expect(await listBackups(ctx)).toMatchObject({ ...nothing, problem, items: [] });
    await expect(readdir(join(scene.registry.folder, "backups"))).rejects.toThrow(/ENOENT/);
  });
});

describe("the schedule", () => {
  const scene = new BackupScene({ MODEL_REGISTRY_BACKUP__SCHEDULE: "0 3 * * *" });
  beforeAll(() => scene.open());
  afterAll(() => scene.close());

  const DAY_MS = 24 * 60 * 60 * 1000;
  const kinds = async () =>
    (await scene.registry.ctx.db.operation.findMany({ orderBy: { id: "asc" } })).map(
      ({ kind, state }) => `${kind} ${state}`,
    );

  it("begins what is due, once, and tries a restore only when there is a backup", async () => {
    const { ctx } = scene.registry;
    const { db } = ctx;
    await scheduleBackups(ctx);
    expect(await kinds(), "nothing to lose yet").toEqual([]);
    await scene.furnish();
    await scheduleBackups(ctx);
    expect(await kinds(), "not due yet").toEqual([]);
    await db.model.updateMany({ data: { createdAt: new Date(Date.now() - 8 * DAY_MS) } });
    await scheduleBackups(ctx);
    await scheduleBackups(ctx);
    expect(await kinds()).toEqual(["backup queued"]);
    await db.operation.updateMany({ data: { state: "done" } });
    await scheduleBackups(ctx);
    expect(await kinds()).toEqual(["backup done", "drill queued"]);
    await db.operation.updateMany({ data: { createdAt: new Date(Date.now() - 2 * DAY_MS) } });
    await scheduleBackups(ctx);
    expect(await kinds()).toEqual(["backup done", "drill queued", "backup queued"]);

    const overdue = () => db.alert.count({ where: { kind: "backup_overdue", resolvedAt: null } });
    expect(await overdue(), "the one that waits may still be made").toBe(0);
    await db.operation.updateMany({ where: { state: "queued" }, data: { state: "failed" } });
    await scheduleBackups(ctx);
    expect(await overdue()).toBe(1);
    await db.operation.updateMany({ data: { createdAt: new Date(), state: "done" } });
    await scheduleBackups(ctx);
    expect(await overdue()).toBe(0);
  });
});
