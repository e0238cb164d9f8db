import { RegistryError } from "#lib/errors.ts";
import type { MultipartEvent } from "./multipart-event.ts";
import { PartParser } from "./part-parser.ts";

const HEADERS_END = Buffer.from("\r\n\r\n");
const LINE_END = Buffer.from("\r\n");
const LAST_MARK = Buffer.from("--");

/**
 * Bytes -> events. The bytes of a part are found by searching for the next boundary; only boundaries and headers
 * go through formidable's parser, which makes an event of each byte that could begin a boundary: a megabyte of
 * carriage returns would keep the event loop for seconds.
 *
 * The events of a chunk are taken before the next is asked for, so that a slow consumer slows the client
 * down and memory stays flat.
 *
 * Throws `invalid_multipart` for a body that is malformed or ends early.
 */
export async function* multipartEvents(
  chunks: AsyncIterable<Uint8Array>,
  boundary: string,
): AsyncGenerator<MultipartEvent, void, undefined> {
  const body = new MultipartBody(boundary);
  try {
    for await (const chunk of chunks) yield* body.take(chunk);
  } finally {
    body.close();
  }
  // formidable takes a body that is cut right after a boundary for complete; the closing one must be there.
  if (!body.isEnded)
    throw new RegistryError("invalid_multipart", "The body ends before its closing boundary.");
}

class MultipartBody {
  readonly #parser: PartParser;
  readonly #delimiter: Buffer;
  #phase: "preamble" | "headers" | "data" | "ended" = "preamble";
  /**
   * Bytes not yet taken: they may become a boundary or the end of headers. The first boundary needs no line before
   * it.
   */
  #rest: Buffer = LINE_END;

  constructor(boundary: string) {
    this.#parser = new PartParser(boundary);
    this.#delimiter = Buffer.from(`\r\n--${boundary}`);
  }

  get isEnded(): boolean {
    return this.#phase === "ended";
  }

  *take(chunk: Uint8Array): Generator<MultipartEvent> {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    let isMore = true;
    while (isMore && !this.isEnded)
      isMore = yield* this.#phase === "headers" ? this.#takeHeaders() : this.#takeContent();
    // The rest is copied, since the chunk's memory may be filled anew.
    this.#rest = Buffer.from(this.isEnded ? "" : this.#rest);
  }

  /** False when more bytes are needed. */
  *#takeHeaders(): Generator<MultipartEvent, boolean> {
    const at = this.#rest.indexOf(HEADERS_END);
    const length = at < 0 ? this.#rest.length - HEADERS_END.length + 1 : at + HEADERS_END.length;
    if (length <= 0) return false;
    yield* this.#parser.parse(this.#advance(length));
    if (at < 0) return false;
    this.#phase = "data";
    return true;
  }

  /** The bytes before the next boundary, and the boundary. False when more bytes are needed. */
  *#takeContent(): Generator<MultipartEvent, boolean> {
    const { at, mark } = findDelimiter(this.#rest, this.#delimiter);
    const bytes = this.#advance(at);
    if (this.#phase === "data" && at > 0) yield { type: "data", bytes };
    if (mark === null) return false;
    // The line end after a boundary is the first of the headers' lines.
    const boundary = this.#advance(this.#delimiter.length + (mark === "last" ? 2 : 0));
    const isFirst = this.#phase === "preamble";
    this.#phase = mark === "last" ? "ended" : "headers";
    yield* this.#parser.parse(isFirst ? boundary.subarray(LINE_END.length) : boundary);
    return true;
  }

  #advance(length: number): Buffer {
    const bytes = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    return bytes;
  }

  close(): void {
    this.#parser.close();
  }
}

/**
 * Where the first delimiter begins that a line's end (another part) or two hyphens (the last) follow. Without
 * one, `mark` is null and `at` is where the bytes end that cannot be a part of one.
 */
function findDelimiter(
  bytes: Buffer,
  delimiter: Buffer,
): { at: number; mark: "next" | "last" | null } {
  for (let at = bytes.indexOf(delimiter); at >= 0; at = bytes.indexOf(delimiter, at + 1)) {
    const end = at + delimiter.length;
    const after = bytes.subarray(end, end + 2);
    if (after.equals(LINE_END)) return { at, mark: "next" };
    if (after.equals(LAST_MARK)) return { at, mark: "last" };
    if (isPrefix(after, LINE_END) || isPrefix(after, LAST_MARK)) return { at, mark: null };
  }
  let at = Math.max(0, bytes.length - delimiter.length + 1);
  while (at < bytes.length && !isPrefix(bytes.subarray(at), delimiter)) at += 1;
  return { at, mark: null };
}

function isPrefix(bytes: Buffer, of: Buffer): boolean {
  return bytes.length < of.length && of.subarray(0, bytes.length).equals(bytes);
}
