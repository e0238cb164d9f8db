/**
 * PDF (ISO 32000): a document is plain when nothing in it starts by itself, runs or is attached. Names may be
 * written with escapes and lie in compressed object streams, so both are looked into.
 */
import { inflateSync } from "node:zlib";
import type { ByteSource } from "#lib/formats/contract.ts";

const MAX_BYTES = 64 * 1024 * 1024;
const MAX_STREAM_BYTES = 16 * 1024 * 1024;
const MAX_INFLATED_BYTES = 128 * 1024 * 1024;
const MAX_DICTIONARY_CHARS = 4096;
/** Books have some ten thousand. */
const MAX_STREAMS = 200_000;

const ACTIVE =
  /\/(?:JavaScript|JS|OpenAction|AA|Launch|EmbeddedFiles?|RichMedia|XFA|SubmitForm|ImportData|GoToE|Encrypt)(?![A-Za-z0-9])/;

/** What keeps the document from being plain, as a clause for a sentence; null when nothing does. */
export async function activePdfPart(source: ByteSource): Promise<string | null> {
  if (source.sizeBytes > MAX_BYTES) return "is too large to be looked through";
  const bytes = Buffer.from(await source.read(0, source.sizeBytes));
  const text = bytes.toString("latin1");
  if (!text.slice(-1100).includes("%%EOF")) return "has no end";
  if (isActive(text)) return "has actions, scripts or attached files";
  let inflated = 0;
  let streams = 0;
  for (let at = text.indexOf("stream"); at >= 0; at = text.indexOf("stream", at + 6)) {
    streams += 1;
    if (streams > MAX_STREAMS) return "has unreasonably many parts";
    const before = text.slice(Math.max(0, at - MAX_DICTIONARY_CHARS), at);
    const dictionary = unescapeNames(before.slice(before.lastIndexOf("obj") + 3));
    if (text.startsWith("end", at - 3) || !/\/ObjStm(?![A-Za-z0-9])/.test(dictionary)) continue;
    const start = at + 6 + (text[at + 6] === "\r" ? 1 : 0) + 1;
    const content = inflate(bytes.subarray(start));
    inflated += content?.length ?? 0;
    if (content === null || inflated > MAX_INFLATED_BYTES)
      return "has parts that cannot be looked into";
    if (isActive(content.toString("latin1"))) return "has actions, scripts or attached files";
  }
  return null;
}

function isActive(text: string): boolean {
  return ACTIVE.test(text) || (/\/[^\s/<>[\]()]*#/.test(text) && ACTIVE.test(unescapeNames(text)));
}

function unescapeNames(text: string): string {
  return text.replace(/#([0-9a-fA-F]{2})/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}

function inflate(bytes: Buffer): Buffer | null {
  try {
    return inflateSync(bytes, { maxOutputLength: MAX_STREAM_BYTES });
  } catch {
    return null;
  }
}
