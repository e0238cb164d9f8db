import { createHash, randomBytes, randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { StorageDriver, UploadArea, UploadShape } from "./contract.ts";
import type { DriverUnderTest } from "./contract-suite.ts";
import { blobKey } from "./layout.ts";

const MEBIBYTE = 1024 * 1024;
const PART = 5 * MEBIBYTE;

/** The promises of `contract.ts` about resumable transfers. Every driver runs all of them. */
export function describeUploadContract(name: string, driver: DriverUnderTest): void {
  describe(`${name} keeps the contract of resumable transfers`, () => {
    let storage: StorageDriver;
    let dispose: () => Promise<void>;
    let id: string;
    const areas: UploadArea[] = [];

    beforeEach(async () => {
      ({ storage, dispose } = await driver.open());
      id = randomUUID();
    });
    afterEach(async () => {
      for (const area of areas.splice(0)) await area.close();
      await storage.removeUpload(id);
      await dispose();
    });

    async function open(shape: UploadShape): Promise<UploadArea> {
      const area = await storage.openUpload(id, shape);
      areas.push(area);
      return area;
    }
    async function putPart(area: UploadArea, part: number, bytes: Uint8Array): Promise<void> {
      const writer = await area.createPartWriter(part);
      const half = Math.floor(bytes.length / 2);
      await writer.write(bytes.subarray(0, half));
      await writer.write(bytes.subarray(half));
      await writer.finish();
    }
    async function readAll(area: UploadArea): Promise<Buffer> {
      const reader = await area.openReader();
      const into = Buffer.alloc(reader.sizeBytes);
      for (let at = 0; at < into.length; ) {
        const count = await reader.read(into.subarray(at), at);
        expect(count).toBeGreaterThan(0);
        at += count;
      }
      await reader.close();
      return into;
    }
    const split = (bytes: Buffer, partSizeBytes: number) =>
      Array.from({ length: Math.ceil(bytes.length / partSizeBytes) }, (_, part) =>
        bytes.subarray(part * partSizeBytes, (part + 1) * partSizeBytes),
      );
    const keyOf = (bytes: Buffer) => blobKey(createHash("sha256").update(bytes).digest("hex"));
    async function blobBytes(key: string): Promise<Buffer> {
      const reader = await storage.openReader(key);
      const into = Buffer.alloc(reader.sizeBytes);
      for (let at = 0; at < into.length; ) at += await reader.read(into.subarray(at), at);
      await reader.close();
      return into;
    }

    it("publishes parts that came in any order and in parallel", async () => {
      const bytes = randomBytes(2 * PART + 12_345);
      const area = await open({ sizeBytes: bytes.length, partSizeBytes: PART });
      const parts = split(bytes, PART);
      await Promise.all([2, 0, 1].map((part) => putPart(area, part, parts[part] as Buffer)));
      expect((await readAll(area)).equals(bytes)).toBe(true);
      expect(await area.commit(keyOf(bytes))).toEqual({ existed: false });
      await storage.removeUpload(id);
      expect((await blobBytes(keyOf(bytes))).equals(bytes)).toBe(true);
    });

    it("goes on with a transfer that was opened before", async () => {
      const bytes = randomBytes(PART + 1);
      const shape = { sizeBytes: bytes.length, partSizeBytes: PART };
      await putPart(await open(shape), 1, bytes.subarray(PART));
      await areas.splice(0)[0]?.close();
      const again = await open(shape);
      await putPart(again, 0, bytes.subarray(0, PART));
      expect((await readAll(again)).equals(bytes)).toBe(true);
    });

    it("reads single parts before all are there", async () => {
      const bytes = randomBytes(2 * PART);
      const area = await open({ sizeBytes: bytes.length, partSizeBytes: PART });
      await putPart(area, 0, bytes.subarray(0, PART));
      const reader = await area.openReader();
      const into = Buffer.alloc(PART);
      expect(await reader.read(into, 0)).toBe(PART);
      expect(into.equals(bytes.subarray(0, PART))).toBe(true);
      await reader.close();
    });

    it("takes a part again", async () => {
      const bytes = randomBytes(PART);
      const area = await open({ sizeBytes: PART, partSizeBytes: PART });
      await putPart(area, 0, randomBytes(PART));
      await putPart(area, 0, bytes);
      expect((await readAll(area)).equals(bytes)).toBe(true);
    });

    it("refuses a part that is too short or too long", async () => {
      const area = await open({ sizeBytes: 100, partSizeBytes: PART });
      const short = await area.createPartWriter(0);
      await short.write(Buffer.alloc(99));
      await expect(short.finish()).rejects.toMatchObject({ code: "length_mismatch" });
      await short.abort();
      const long = await area.createPartWriter(0);
      const tooMuch = async () => {
        await long.write(Buffer.alloc(101));
        await long.finish();
      };
      await expect(tooMuch()).rejects.toMatchObject({ code: "length_mismatch" });
      await long.abort();
    });

    it("refuses a part that the transfer does not have", async () => {
      const area = await open({ sizeBytes: 100, partSizeBytes: PART });
      for (const part of [1, -1, 0.5, Number.NaN, 2 ** 53])
        await expect(area.createPartWriter(part)).rejects.toThrow(RangeError);
    });

    it("publishes once, and again after a crash before the transfer was removed", async () => {
      const bytes = randomBytes(PART + 7);
      const shape = { sizeBytes: bytes.length, partSizeBytes: PART };
      const area = await open(shape);
      for (const [part, content] of split(bytes, PART).entries())
        await putPart(area, part, content);
      expect(await area.commit(keyOf(bytes))).toEqual({ existed: false });
      const again = await open(shape);
      expect(await again.commit(keyOf(bytes))).toEqual({ existed: true });
      expect((await readAll(again)).equals(bytes)).toBe(true);
    });

    it("lists transfers apart from keys, and removes them whole", async () => {
      const area = await open({ sizeBytes: 3, partSizeBytes: PART });
      await putPart(area, 0, Buffer.from("abc"));
      const ids: string[] = [];
      for await (const found of storage.listUploads()) ids.push(found);
      expect(ids).toEqual([id]);
      for await (const key of storage.list("")) expect.unreachable(key);
      await area.close();
      await storage.removeUpload(id);
      await storage.removeUpload(id);
      for await (const found of storage.listUploads()) expect.unreachable(found);
    });

    it("takes no id that is not ours", async () => {
      for (const wrong of ["", "..", "../x", "a/b", "tmp-1", `${id}/x`, id.toUpperCase()])
        await expect(
          (async () => storage.openUpload(wrong, { sizeBytes: 1, partSizeBytes: PART }))(),
        ).rejects.toThrow(TypeError);
    });
  });
}
