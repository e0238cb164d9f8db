/** A place for backups is outside: whatever lies there is checked before it is believed. */
import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zstdCompressSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { backupBlobKey, parseBackupBlobKey, parseBackupKey } from "#lib/storage/backup-layout.ts";
import { compareSorted, readBlobList } from "./blob-list.ts";
import { findBackups } from "./find-backups.ts";
import { blobListKey, manifestKey, readManifest } from "./manifest.ts";
import { inOrder } from "./tables.ts";
import { type BackupTarget, openTarget } from "./target.ts";

const ID = "20261129-031500-0a1b2c";
const HEX = "ab".repeat(32);
let folder: string;
let target: BackupTarget;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hostile-backups-"));
  const storage = { driver: "disk", basePath: folder } as const;
  target = await openTarget({ storage, isOwnFolder: true, identity: null }, { forWriting: true });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const rows = { rows: 0, bytes: 0, sha256: HEX };
const sound = {
  format: 1,
  id: ID,
  created_at: "2026-11-29T03:15:00.000Z",
  finished_at: "2026-11-29T03:15:01.000Z",
  release: "0.1.0",
  database: "PostgreSQL 18.4",
  migrations: ["20261123000000_init"],
  tables: [{ name: "model", columns: ["id"], ...rows }],
  excluded: [],
  sequences: [],
  blobs: { ...rows, size_bytes: 0, new_blobs: 0, new_bytes: 0 },
  missing: [],
};

const keys = [generateKeyPairSync("ed25519"), generateKeyPairSync("ed25519")] as const;
const pemOf = (key: KeyObject) => key.export({ type: "spki", format: "pem" }).toString();

async function put(manifest: unknown, sha256?: string, forged: object = {}) {
  const text = JSON.stringify(manifest);
  const sealed = {
    manifest,
    sha256: sha256 ?? createHash("sha256").update(text).digest("hex"),
    public_key: pemOf(keys[0].publicKey),
    signature: sign(null, Buffer.from(text), keys[0].privateKey).toString("base64"),
    ...forged,
  };
  await target.putDocument(manifestKey(ID), JSON.stringify(sealed));
}

describe("a manifest", () => {
  it("is read when it is whole", async () => {
    await put(sound);
    expect(await readManifest(target, ID)).toEqual(sound);
  });

  it.each([
    ["another digest", sound, HEX],
    ["another backup's id", { ...sound, id: "20261129-031500-ffffff" }, undefined],
    [
      "a table that would leave its folder",
      {
        ...sound,
        tables: [{ name: "../../model", columns: [], ...rows }],
      },
      undefined,
    ],
    [
      "a column that would end the statement",
      {
        ...sound,
        tables: [{ name: "model", columns: ['id"); drop table model; --'], ...rows }],
      },
      undefined,
    ],
    ["a migration that is a path", { ...sound, migrations: ["../../etc"] }, undefined],
    [
      "a sequence that is no number",
      {
        ...sound,
        sequences: [{ name: "model_id_seq", last_value: "1; select", is_called: true }],
      },
      undefined,
    ],
    ["a member that nobody knows", { ...sound, more: 1 }, undefined],
    ["null", null, undefined],
  ])("with %s is damaged", async (_name, manifest, digest) => {
    await put(manifest, digest);
    await expect(readManifest(target, ID)).rejects.toMatchObject({ code: "storage_corrupt" });
  });

  it.each([
    ["nothing", { signature: "" }],
    ["another key", { public_key: pemOf(keys[1].publicKey) }],
    ["a key that is none", { public_key: "-----BEGIN PUBLIC KEY-----" }],
    ["what is no text", { signature: 7 }],
    [
      "another text",
      { signature: sign(null, Buffer.from("x"), keys[0].privateKey).toString("base64") },
    ],
  ])("signed by %s is damaged", async (_name, forged) => {
    await put(sound, undefined, forged);
    await expect(readManifest(target, ID)).rejects.toMatchObject({ code: "storage_corrupt" });
  });

  it("of a later format says that a later release reads it", async () => {
    await put({ ...sound, format: 2 });
    await expect(readManifest(target, ID)).rejects.toThrow(/later release/);
  });
});

describe("a list of blobs", () => {
  const read = async (text: string | Buffer) => {
    const bytes = typeof text === "string" ? zstdCompressSync(text) : text;
    await target.putDocument(blobListKey(ID), "");
    await target.storage.putDocument(blobListKey(ID), bytes);
    const found = [];
    for await (const blob of readBlobList(target, ID)) found.push(blob);
    return found;
  };

  it("gives its blobs", async () => {
    expect(await read(`${HEX}\t5\n`)).toEqual([{ sha256: HEX, sizeBytes: 5 }]);
    expect(await read("")).toEqual([]);
  });

  it.each([
    ["a path", "../../etc/passwd\t5\n"],
    ["no length", `${HEX}\n`],
    ["half a line", `${HEX}\t5`],
    ["a line without an end", "a".repeat(100_000)],
    ["what is not compressed", Buffer.from("plain")],
    ["a cut file", zstdCompressSync(`${HEX}\t5\n`).subarray(0, 12)],
  ])("with %s is damaged", async (_name, text) => {
    await expect(read(text)).rejects.toMatchObject({ code: "storage_corrupt" });
  });
});

describe("names in a place for backups", () => {
  it("are ours or are left out", async () => {
    expect(parseBackupBlobKey(backupBlobKey(HEX), "")).toBe(HEX);
    expect(parseBackupBlobKey(`${backupBlobKey(HEX)}.age`, "")).toBeNull();
    expect(parseBackupBlobKey(`blobs/00/00/${HEX}`, "")).toBeNull();
    expect(parseBackupKey("backups/lost+found/manifest.json")).toBeNull();
    await target.storage.putDocument("backups/notes.txt", Buffer.from("mine"));
    await target.storage.putDocument(`backups/${ID}/tables/model.zst`, Buffer.from("half"));
    expect(await findBackups(target)).toEqual({ finished: [], unfinished: [ID] });
  });
});

it("a sorted list and sorted digests are compared in one pass", async () => {
  const blobs = ["a", "b", "d"].map((letter) => ({ sha256: letter, sizeBytes: 1 }));
  async function* of<T>(items: T[]) {
    yield* items;
  }
  const found = [];
  for await (const blob of compareSorted(of(blobs), of(["0", "b", "c", "d", "e"])))
    found.push(blob.isThere);
  expect(found).toEqual([false, true, true]);
});

it("tables come after those that they refer to, and a circle is refused", () => {
  const table = (name: string, ...refersTo: string[]) => ({ name, columns: [], refersTo });
  const ordered = inOrder([table("a", "b"), table("b", "c"), table("c")]);
  expect(ordered.map(({ name }) => name)).toEqual(["c", "b", "a"]);
  expect(() => inOrder([table("a", "b"), table("b", "a")])).toThrow(/circle/);
});
