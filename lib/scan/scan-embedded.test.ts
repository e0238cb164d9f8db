/** Archives and pickles inside of images and of nothing known. */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { zipOf } from "#lib/formats/fixtures/write-zip.ts";
import { fileOf } from "../../tests/support/hostile-bytes.ts";
import { scanFile } from "./scan-file.ts";

const latin1 = (text: string) => Buffer.from(text, "latin1");
const OS = latin1("cos\nsystem\n(S'true'\ntR.");
const PICKLE2 = latin1("\x80\x02cposix\nsystem\nX\x04\0\0\0true\x85R.");
const verdict = async (bytes: Uint8Array, name = "a.png") =>
  (await scanFile(fileOf(name, bytes), "unknown")).verdict;
const image = (name: string) => readFileSync(new URL(`fixtures/image.${name}`, import.meta.url));

function tarOf(name: string, content: Uint8Array): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0, "latin1");
  header.write(`${content.length.toString(8).padStart(11, "0")}\0`, 124);
  header.write("        0", 148);
  header.write("ustar\x0000", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return Buffer.concat([header, content, Buffer.alloc(512 - content.length), Buffer.alloc(1024)]);
}

const ARCHIVES: [string, Buffer][] = [
  ["a zip", zipOf([{ name: "m/data.pkl", bytes: OS }])],
  ["a tar", tarOf("m.pkl", OS)],
  ["a compressed pickle", gzipSync(PICKLE2)],
  ["a compressed tar", gzipSync(tarOf("m.pkl", PICKLE2))],
  ["a pickle of protocol 0", OS],
  ["a pickle of protocol 2", PICKLE2],
];
const HEADERS: [string, Buffer][] = [
  ["PNG's mark alone", latin1("\x89PNG\r\n\x1a\n")],
  ["JPEG's mark alone", latin1("\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0")],
  ["GIF's mark alone", latin1("GIF89a\x01\0\x01\0\x80\0\0")],
  ["a whole PNG", image("png")],
  ["a whole JPEG", image("jpg")],
  ["noise", Buffer.from(Array.from({ length: 99 }, (_, at) => (at * at * 31 + at * 7) & 255))],
];

describe.each(HEADERS)("behind %s", (_, header) => {
  it.each(ARCHIVES)("%s is found, also when something follows it", async (name, archive) => {
    expect(await verdict(Buffer.concat([header, archive]))).toBe("malicious");
    const followed = Buffer.concat([header, archive, Buffer.alloc(70_000, 0xfe)]);
    // A compressed stream that goes on as something else cannot be read.
    const isStream = name.includes("compressed");
    expect(await verdict(followed, "noname")).toBe(isStream ? "suspicious" : "malicious");
  });
});

it.each(ARCHIVES)("%s in the pixels of an image is found", async (_, archive) => {
  const pixels = Buffer.alloc(4 * Math.ceil(archive.length / 4));
  archive.copy(pixels);
  expect(await verdict(bmpOf(pixels), "a.bmp")).toBe("malicious");
});

it("pixels that are no pixels make no image", async () => {
  const bytes = bmpOf(Buffer.alloc(400));
  bytes.writeInt32LE(1, 18);
  expect(await verdict(bytes, "a.bmp")).toBe("suspicious");
  expect(await verdict(bmpOf(Buffer.alloc(400)), "a.bmp")).toBe("clean");
});

it("a tar whose first name is an image's mark is no image", async () => {
  expect(await verdict(tarOf("\x89PNG\r\n\x1a\n", OS))).toBe("unscannable");
});

/** One line of 32-bit pixels. */
function bmpOf(pixels: Buffer): Buffer {
  const header = Buffer.alloc(54);
  header.write("BM");
  header.writeUInt32LE(54 + pixels.length, 2);
  header.writeUInt32LE(54, 10);
  header.writeUInt32LE(40, 14);
  header.writeInt32LE(pixels.length / 4, 18);
  header.writeInt32LE(1, 22);
  header.writeUInt16LE(1, 26);
  header.writeUInt16LE(32, 28);
  return Buffer.concat([header, pixels]);
}

it("one that hides behind thousands of beginnings in the pixels is not clean", async () => {
  const chaff = Buffer.alloc(20_000, latin1("\x80\x02}q"));
  const pixels = Buffer.concat([chaff, OS, Buffer.alloc(4 - (OS.length % 4))]);
  expect(await verdict(bmpOf(pixels), "a.bmp")).toBe("suspicious");
  // Some beginnings are what pixels have by chance.
  expect(await verdict(bmpOf(chaff.subarray(0, 4_000)), "a.bmp")).toBe("clean");
});
