import { readFileSync } from "node:fs";
import { deflateSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { memorySource } from "../bytes/byte-source.ts";
import type { ByteSource } from "../contract.ts";
import { compressionOf, openCompressed } from "./compressed.ts";

const fixture = (name: string) =>
  readFileSync(new URL(`../../scan/fixtures/${name}`, import.meta.url));
const LINES = Array.from({ length: 12_000 }, (_, at) => `${at},${at * at}\n`).join("");

async function open(bytes: Uint8Array): Promise<ByteSource> {
  const compression = compressionOf(bytes);
  if (compression === null) throw new Error("It is not compressed.");
  return openCompressed(memorySource(bytes), compression);
}

async function inflated(bytes: Uint8Array): Promise<Buffer> {
  const source = await open(bytes);
  return Buffer.from(await source.read(0, source.sizeBytes));
}

describe("what Python's libraries compressed is what it was", () => {
  it.each(["lines.xz", "lines.lzma", "lines.bz2", "lines.lz4"])("%s", async (name) => {
    expect((await inflated(fixture(name))).toString()).toBe(LINES);
  });

  it("gzip of several members, with the zeros that tapes leave", async () => {
    const members = [
      gzipSync(LINES.slice(0, 1000)),
      gzipSync(LINES.slice(1000)),
      Buffer.alloc(512),
    ];
    expect((await inflated(Buffer.concat(members))).toString()).toBe(LINES);
  });

  it("a content too large to hold is read in order, and again from its start", async () => {
    const source = await open(deflateSync(Buffer.alloc(160_000_000, "0123456789")));
    expect(source.sizeBytes).toBe(160_000_000);
    for (const offset of [150_000_000, 20, 159_999_990, 80_000_000]) {
      expect(Buffer.from(await source.read(offset, 10)).toString()).toBe("0123456789");
    }
    expect((await source.read(159_999_995, 100)).length).toBe(5);
  });
});

describe("what is no whole stream is refused", () => {
  it.each(["lines.xz", "lines.lzma", "lines.bz2", "lines.lz4"])(
    "%s, cut or followed",
    async (name) => {
      const whole = fixture(name);
      for (const bytes of [whole.subarray(0, whole.length - 9), whole.subarray(0, 40)]) {
        await expect(open(bytes)).rejects.toMatchObject({ code: "invalid_model_file" });
      }
      const followed = Buffer.concat([whole, Buffer.from("cos\nsystem\n")]);
      await expect(open(followed)).rejects.toMatchObject({ code: "invalid_model_file" });
    },
  );

  it.each(["xz", "lzma"])("a dictionary of 4 GiB in %s", async (kind) => {
    const bytes = Buffer.from(fixture(`lines.${kind}`));
    if (kind === "lzma") bytes.writeUInt32LE(0xff000000, 1);
    // The dictionary's size is the last byte of the one filter of the first block.
    else bytes[bytes.indexOf(Buffer.from([0x21, 0x01])) + 2] = 40;
    await expect(open(bytes)).rejects.toMatchObject({ code: "invalid_model_file" });
  });

  it("a bomb", async () => {
    const bytes = gzipSync(Buffer.alloc(600_000_000));
    await expect(open(bytes)).rejects.toThrow("expands to unreasonably much");
  }, 60_000);

  it.each(["lines.xz", "lines.lzma", "lines.bz2", "lines.lz4"])(
    "%s with any bytes changed ends",
    async (name) => {
      const whole = fixture(name);
      const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
      const changes = fc.array(change, { minLength: 1, maxLength: 3 });
      await fc.assert(
        fc.asyncProperty(changes, async (list) => {
          const bytes = Buffer.from(whole);
          for (const [at, value] of list) bytes[at] = value;
          const compression = compressionOf(bytes);
          if (compression === null) return;
          const opened = openCompressed(memorySource(bytes), compression);
          await opened.catch((error) => expect(error.code).toBe("invalid_model_file"));
        }),
        { numRuns: 40 },
      );
    },
    60_000,
  );
});
