/**
 * Archives and pickles in the middle of a file that is something else: behind an image's header, in its pixels, after
 * its end. Whoever put one there cuts it out again, so only what carries code is reported: other bytes look like the
 * beginning of an archive by chance.
 */
import { isRegistryError } from "#lib/errors.ts";
import { compressionOf } from "#lib/formats/archives/compressed.ts";
import { isTar } from "#lib/formats/archives/tar.ts";
import { chunksOf, memberSource, sliceSource } from "#lib/formats/bytes/byte-source.ts";
import { HEAD_BYTES } from "#lib/formats/bytes/reader.ts";
import type { ByteSource } from "#lib/formats/contract.ts";
import { type ScanContent, ScanContext, scanKnown } from "./scan-context.ts";

/** Photos and sounds beside a model; what is larger is looked into at its start and its end alone. */
const MAX_SEARCHED_BYTES = 128 * 1024 * 1024;
const CHUNK_BYTES = 1024 * 1024;
/** Longer than any mark; also of the place of a tar's. */
const OVERLAP_BYTES = 512;
/** Compressed pixels meet the shortest mark, a pickle's, once in some 200 kB: the largest image 700 times. */
const MAX_PLACES = 5_000;
const TAR_MARK_AT = 257;
const ZIP_END = Buffer.from("PK\x05\x06", "latin1");
const ZIP_END_BYTES = 22;

/**
 * Latin-1. A pickle of protocol 2 or later begins with its version and an opcode; an older one names what it calls in
 * lines, in which each way to run code has a word of these.
 */
const MARKS = new RegExp(
  [
    "PK\x03\x04",
    "\x1f\x8b\x08[\0-\x1f]",
    "BZh[1-9]1AY&SY",
    "\xfd7zXZ\0",
    "ustar[\0 ]",
    "\x80[\x02-\x05][c()\\]}\x8c\x8d\x95XK\x88\x89NqUV]",
    "[ci](?:os|posix|nt|subprocess|sys|builtins|__builtin__|importlib|runpy|pty|ctypes|socket|shutil|webbrowser|code|timeit)\n",
  ].join("|"),
  "g",
);

export async function scanEmbedded(
  context: ScanContext,
  source: ByteSource,
  where: string,
  depth: number,
  scanContent: ScanContent,
): Promise<void> {
  if (source.sizeBytes > MAX_SEARCHED_BYTES) return;
  const places = await placesOf(source);
  if (places.length >= MAX_PLACES) {
    const detail = `More than ${MAX_PLACES} archives or pickles seem to begin in it, so that not all were looked into.`;
    context.add("suspicious", "embedded_too_many", detail, where);
  }
  for (const start of places) {
    const inner = new ScanContext();
    const content = await contentAt(source, start);
    const inside = `${where}@${start}`;
    try {
      const head = await content.read(0, Math.min(HEAD_BYTES, content.sizeBytes));
      const isArchive = isTar(head) || compressionOf(head) !== null || head[0] === 0x50;
      if (isArchive) await scanContent(inner, content, inside, depth + 1);
      else await scanKnown(inner, content, inside);
    } catch (error) {
      if (!isRegistryError(error) || error.status >= 500) throw error;
    }
    context.findings.push(...inner.findings.filter(({ severity }) => severity === "malicious"));
  }
}

async function placesOf(source: ByteSource): Promise<number[]> {
  const places = new Set<number>();
  let rest = "";
  let readBytes = 0;
  for await (const chunk of chunksOf(source, CHUNK_BYTES)) {
    const text = rest + Buffer.from(chunk).toString("latin1");
    const from = readBytes - rest.length;
    for (const { 0: mark, index } of text.matchAll(MARKS)) {
      const at = from + index - (mark.startsWith("ustar") ? TAR_MARK_AT : 0);
      if (at > 0) places.add(at);
      if (places.size >= MAX_PLACES) return [...places];
    }
    readBytes += chunk.length;
    rest = text.slice(-OVERLAP_BYTES);
  }
  return [...places];
}

/** From `start` on; a zip to the next end record, since its readers search for it from the end. */
async function contentAt(source: ByteSource, start: number): Promise<ByteSource> {
  const rest = memberSource(source, start, source.sizeBytes - start);
  const head = Buffer.from(await rest.read(0, 4)).toString("latin1");
  if (head !== "PK\x03\x04") return rest;
  let at = 0;
  for await (const chunk of chunksOf(rest, CHUNK_BYTES)) {
    const end = Buffer.from(chunk).indexOf(ZIP_END);
    if (end >= 0) return sliceSource(rest, 0, Math.min(at + end + ZIP_END_BYTES, rest.sizeBytes));
    at += chunk.length;
  }
  return rest;
}
