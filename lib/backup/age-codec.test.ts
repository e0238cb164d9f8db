import { randomBytes } from "node:crypto";
import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from "age-encryption";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { AgeCodec, createIdentity, openIdentity } from "./age-codec.ts";

const CHUNK = 64 * 1024;
let identity: string;
let codec: AgeCodec;
beforeAll(async () => {
  identity = await generateX25519Identity();
  codec = new AgeCodec(identity);
});

async function* pieces(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of source) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
}

const seal = (bytes: Uint8Array, length = 100_000) => collect(codec.encrypt(pieces(bytes, length)));
const open = (bytes: Uint8Array, length = 100_000) => collect(codec.decrypt(pieces(bytes, length)));

const LENGTHS = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 7];

describe("files in the format of age", () => {
  it.each(LENGTHS)(
    "%i bytes are read by the package itself, and its files are read here",
    async (length) => {
      const bytes = randomBytes(length);
      const decrypter = new Decrypter();
      decrypter.addIdentity(identity);
      expect(Buffer.from(await decrypter.decrypt(await seal(bytes))).equals(bytes)).toBe(true);
      const encrypter = new Encrypter();
      encrypter.addRecipient(await identityToRecipient(identity));
      expect((await open(await encrypter.encrypt(bytes))).equals(bytes)).toBe(true);
    },
  );

  it("come back whatever the lengths of the pieces are", async () => {
    const bytes = randomBytes(2 * CHUNK + 5);
    const sealed = await seal(bytes, 7_001);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 50, max: 3 * CHUNK }), async (length) => {
        expect((await open(sealed, length)).equals(bytes)).toBe(true);
      }),
      { numRuns: 20 },
    );
  });

  it("are refused when a bit has changed, wherever it is", async () => {
    const sealed = await seal(randomBytes(CHUNK + 100));
    for (let at = 0; at < sealed.length; at += 997) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      await expect(open(changed), `byte ${at}`).rejects.toMatchObject({ code: "storage_corrupt" });
    }
  });

  it("are refused when they are cut, at a chunk's end too, or have more bytes", async () => {
    const sealed = await seal(randomBytes(2 * CHUNK));
    const headerLength = sealed.length - 2 * (CHUNK + 16);
    for (const length of [0, 10, headerLength, headerLength + CHUNK + 16, sealed.length - 1])
      await expect(open(sealed.subarray(0, length))).rejects.toMatchObject({
        code: "storage_corrupt",
      });
    await expect(open(Buffer.concat([sealed, Buffer.alloc(1)]))).rejects.toMatchObject({
      code: "storage_corrupt",
    });
  });

  it("without an end of the header do not fill the memory", async () => {
    async function* endless() {
      for (;;) yield Buffer.alloc(16_384, "a");
    }
    await expect(collect(codec.decrypt(endless()))).rejects.toMatchObject({
      code: "storage_corrupt",
    });
  });

  it("for another key are refused", async () => {
    const sealed = await seal(randomBytes(10));
    const other = new AgeCodec(await generateX25519Identity());
    await expect(collect(other.decrypt(pieces(sealed, 100)))).rejects.toMatchObject({
      code: "storage_corrupt",
    });
  });
});

it("the key of a target is opened by its passphrase alone", async () => {
  const made = await createIdentity("correct horse battery");
  expect(await openIdentity(made.sealed, "correct horse battery")).toBe(made.identity);
  await expect(openIdentity(made.sealed, "wrong horse battery")).rejects.toThrow(
    /backup.passphrase/,
  );
});
