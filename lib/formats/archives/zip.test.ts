import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RegistryError } from "#lib/errors.ts";
import { memorySource } from "../bytes/byte-source.ts";
import { sparseZip, type ZipMember, zipOf } from "../fixtures/write-zip.ts";
import { openZip, readMember, storedMember } from "./zip.ts";

const hello: ZipMember = { name: "a/hello.txt", bytes: Buffer.from("hello hello hello hello") };
const packed: ZipMember = { ...hello, name: "packed", isDeflated: true };

async function readAll(bytes: Uint8Array): Promise<Record<string, string>> {
  const zip = await openZip(memorySource(bytes));
  const contents: Record<string, string> = {};
  for (const entry of zip.entries) {
    contents[entry.name] = Buffer.from(await readMember(zip, entry, 1_000_000)).toString();
  }
  return contents;
}
const refused = { code: "invalid_model_file" };

describe("a zip file", () => {
  it("gives its members, stored and compressed", async () => {
    const text = "hello hello hello hello";
    expect(await readAll(zipOf([hello, packed]))).toEqual({ "a/hello.txt": text, packed: text });
  });

  it("gives a stored member as a slice, also beyond 4 GiB", async () => {
    const { source, readBytes } = sparseZip([{ name: "hole", hole: 5 * 1024 ** 3 }, hello]);
    const zip = await openZip(source);
    const entry = zip.entries[1];
    if (!entry) throw new Error("no second member");
    const slice = await storedMember(zip, entry);
    expect(Buffer.from((await slice?.read(0, 5)) ?? []).toString()).toBe("hello");
    expect(readBytes()).toBeLessThan(200_000);
  });

  it.each<[string, ZipMember]>([
    ["is encrypted", { ...hello, flags: 1 }],
    ["has an unknown method", { ...hello, method: 12 }],
    ["has another name in its own header", { ...hello, localName: "a/hullo.txt" }],
    ["has a wrong checksum", { ...hello, crc: 7 }],
    ["is longer than it says", { ...packed, sizeBytes: 3 }],
    ["is shorter than it says", { ...packed, sizeBytes: 30 }],
    ["claims petabytes", { ...packed, sizeBytes: 2 ** 50 }],
    ["is no deflate", { ...hello, method: 8 }],
  ])("refuses a member that %s", async (_what, member) => {
    await expect(readAll(zipOf([member]))).rejects.toMatchObject(refused);
  });

  it.each<[string, Buffer]>([
    ["members that share a name", zipOf([hello, hello])],
    ["members that overlap", zipOf([{ ...hello, compressedBytes: 60, sizeBytes: 60 }, packed])],
    ["bytes after its end", Buffer.concat([zipOf([hello]), Buffer.from("x")])],
    ["bytes before its beginning", Buffer.concat([Buffer.from("x"), zipOf([hello])])],
    ["no end", zipOf([hello]).subarray(0, -10)],
    ["66,000 members", zipOf(Array.from({ length: 66_000 }, (_, at) => ({ name: `${at}` })))],
    ["nothing in it", Buffer.from("PK\x03\x04")],
  ])("refuses one with %s", async (_what, bytes) => {
    await expect(openZip(memorySource(bytes))).rejects.toMatchObject(refused);
  });

  it("never throws anything but its own errors, whatever is changed", async () => {
    const whole = zipOf([hello, packed]);
    const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), async (changes) => {
        const bytes = Buffer.from(whole);
        for (const [at, value] of changes) bytes[at] = value;
        await readAll(bytes).catch((error: unknown) => expect(error).toBeInstanceOf(RegistryError));
      }),
      { numRuns: 300 },
    );
  });
});
