import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadConfig } from "#lib/config/load-config.ts";
import { BackupTargets } from "./backup-targets.ts";
import { findTargetProblem } from "./find-target-problem.ts";

const BUCKET = {
  STORAGE__DRIVER: "s3",
  STORAGE__S3__BUCKET: "models",
  STORAGE__S3__ACCESS_KEY_ID: "key",
  STORAGE__S3__SECRET_ACCESS_KEY: "secret",
};
const targetsOf = (settings: Record<string, string>) =>
  new BackupTargets(
    loadConfig(
      Object.fromEntries(
        Object.entries(settings).map(([key, value]) => [`MODEL_REGISTRY_${key}`, value]),
      ),
    ),
  );

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "backup-targets-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("the place for backups", () => {
  it("is beside the models on a disk without a target", () => {
    const targets = targetsOf({ STORAGE__BASE_PATH: folder });
    expect(targets).toMatchObject({ isEnabled: true, isTargetMissing: false });
    expect(targets).toMatchObject({ isBesideModels: true, name: join(folder, "backups") });
  });

  it("of models in a bucket is one that somebody has named: each server's own folder is none", async () => {
    const none = targetsOf(BUCKET);
    expect(none).toMatchObject({ isEnabled: false, isTargetMissing: true, isBesideModels: false });
    expect(none.name).toBeNull();
    await expect(none.open({ forWriting: true })).rejects.toThrow(/set backup\.target/);
    const named = targetsOf({ ...BUCKET, BACKUP__TARGET: folder });
    expect(named).toMatchObject({ isEnabled: true, isTargetMissing: false, isBesideModels: false });
    const off = targetsOf({ ...BUCKET, STORAGE__BACKUP_ENABLED: "false" });
    expect(off).toMatchObject({ isEnabled: false, isTargetMissing: false });
  });

  it("says whether what is there is encrypted", () => {
    const plain = { BACKUP__TARGET: "s3://backups/registry" };
    expect(targetsOf(plain).place).toBe("s3://backups/registry/, not encrypted");
    const passphrase = "correct horse battery staple";
    const sealed = { ...plain, BACKUP__PASSPHRASE: passphrase };
    expect(targetsOf(sealed).place).toBe("s3://backups/registry/, encrypted");
  });
});

describe("what keeps backups from their place", () => {
  const problemOf = (settings: Record<string, string>) => findTargetProblem(targetsOf(settings));

  it("is nothing where the folder is there, or is made beside the models", async () => {
    expect(await problemOf({ BACKUP__TARGET: folder })).toBeNull();
    expect(await problemOf({ STORAGE__BASE_PATH: join(folder, "new") })).toBeNull();
    const passphrase = "correct horse battery staple";
    expect(await problemOf({ BACKUP__TARGET: folder, BACKUP__PASSPHRASE: passphrase })).toBeNull();
  });

  it("is a folder that is not there, and a file in its place", async () => {
    const missing = await problemOf({ BACKUP__TARGET: join(folder, "missing") });
    expect(missing).toMatch(/missing, is not there\. Mount its volume, or make it/);
    await writeFile(join(folder, "file"), "");
    expect(await problemOf({ BACKUP__TARGET: join(folder, "file") })).toMatch(/is no folder/);
  });

  it("is a bucket whose store does not answer", async () => {
    const problem = await problemOf({
      BACKUP__TARGET: "s3://backups",
      BACKUP__S3__ENDPOINT: "http://127.0.0.1:1",
      BACKUP__S3__ACCESS_KEY_ID: "key",
      BACKUP__S3__SECRET_ACCESS_KEY: "top-secret",
    });
    expect(problem).toMatch(/\S/);
    expect(problem).not.toContain("top-secret");
  });
});
