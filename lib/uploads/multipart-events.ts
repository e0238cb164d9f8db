import { MultipartParser } from "formidable";
import { RegistryError } from "../errors.ts";

/** What a multipart body consists of, in its order. Bytes are views: use them before the next event. */
export type MultipartEvent =
  | { type: "part"; headers: ReadonlyMap<string, string> }
  | { type: "data"; bytes: Uint8Array }
  | { type: "part-end" };

/** Room for a path of 1 KiB, percent-encoded twice over, and whatever clients add. */
const PART_HEADERS_MAX_BYTES = 16 * 1024;

/** What formidable's parser emits (formidable/src/parsers/Multipart.js). */
type ParserEvent = { name: string; buffer?: Buffer; start?: number; end?: number };
type Step =
  | { name: string; chunk: null }
  | { name: string; chunk: Buffer; start: number; end: number };

/**
 * Bytes -> events, by formidable's multipart parser. One chunk is parsed and its events are taken before
 * the next is asked for, so that a slow consumer slows the client down and memory stays flat;
 * formidable's own form pauses and resumes a Node stream for that, which a web stream is not.
 *
 * Throws `invalid_multipart` for a body that is malformed or ends early.
 */
export async function* multipartEvents(
  chunks: AsyncIterable<Uint8Array>,
  boundary: string,
): AsyncGenerator<MultipartEvent, void, undefined> {
  const parser = new MultipartParser();
  parser.initWithBoundary(boundary);
  // Failures arrive by the callback of write as well.
  parser.on("error", () => {});
  const headers = new PartHeaders();
  let steps: Step[] = [];
  let current: Buffer = Buffer.alloc(0);
  let isEnded = false;
  parser.on("data", (event: ParserEvent) => addStep(steps, current, event));
  try {
    for await (const chunk of chunks) {
      current = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      const busy = parse(parser, current);
      if (busy) await busy;
      const taken = steps;
      steps = [];
      for (const step of taken) {
        if (step.name === "end") isEnded = true;
        else yield* eventsOf(step, headers);
      }
    }
  } finally {
    parser.destroy();
  }
  // formidable takes a body that is cut right after a boundary for complete; the closing one must be there.
  if (!isEnded)
    throw new RegistryError("invalid_multipart", "The body ends before its closing boundary.");
}

function* eventsOf(step: Step, headers: PartHeaders): Generator<MultipartEvent> {
  if (step.name === "partData" && step.chunk)
    yield { type: "data", bytes: step.chunk.subarray(step.start, step.end) };
  else if (step.name === "partEnd") yield { type: "part-end" };
  else if (step.name === "headersEnd") yield { type: "part", headers: headers.take() };
  else headers.add(step);
}

/** Parses a chunk. The parser works at once, so on most chunks there is nothing to wait for. */
function parse(parser: InstanceType<typeof MultipartParser>, chunk: Buffer): Promise<void> | null {
  const failed = (error: Error) =>
    new RegistryError("invalid_multipart", "The multipart body cannot be parsed.", {
      cause: error,
    });
  parser.write(chunk);
  if (parser.errored) throw failed(parser.errored);
  if (parser.writableLength === 0) return null;
  return new Promise((resolve, reject) => {
    parser.write(Buffer.alloc(0), (error) => (error ? reject(failed(error)) : resolve()));
  });
}

/**
 * Notes an event of the parser. A false lead (bytes that began like the boundary) comes in the parser's own
 * small buffer, which it will overwrite. Mostly the same bytes stand in the chunk right after the
 * previous piece, and the two become one; text files with CRLF would be thousands of pieces otherwise.
 */
function addStep(steps: Step[], current: Buffer, event: ParserEvent): void {
  const { name, buffer, start = 0, end = buffer?.length ?? 0 } = event;
  if (!buffer) {
    steps.push({ name, chunk: null });
    return;
  }
  const last = steps.at(-1);
  const canJoin = name === "partData" && last?.name === name && last.chunk === current;
  const isLead = buffer !== current;
  if (canJoin && (isLead ? last.end + end - start <= current.length : last.end === start))
    last.end += end - start;
  else if (isLead)
    steps.push({
      name,
      chunk: Buffer.from(buffer.subarray(start, end)),
      start: 0,
      end: end - start,
    });
  else steps.push({ name, chunk: buffer, start, end });
}

/** Puts a part's header lines together from pieces that may be cut anywhere. */
class PartHeaders {
  #headers = new Map<string, string>();
  #name: Buffer[] = [];
  #value: Buffer[] = [];
  #bytes = 0;

  add(step: Step): void {
    if (step.chunk) {
      const piece = Buffer.from(step.chunk.subarray(step.start, step.end));
      this.#bytes += piece.length;
      if (this.#bytes > PART_HEADERS_MAX_BYTES)
        throw new RegistryError("invalid_multipart", "A part's headers are over 16 KiB.");
      (step.name === "headerField" ? this.#name : this.#value).push(piece);
    } else if (step.name === "headerEnd") {
      const name = decode(this.#name).toLowerCase();
      if (this.#headers.has(name))
        throw new RegistryError("invalid_multipart", "A part has a header twice.");
      this.#headers.set(name, decode(this.#value));
      this.#name = [];
      this.#value = [];
    }
  }

  take(): ReadonlyMap<string, string> {
    const headers = this.#headers;
    this.#headers = new Map();
    this.#bytes = 0;
    return headers;
  }
}

function decode(pieces: Buffer[]): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(pieces));
  } catch (error) {
    throw new RegistryError("invalid_multipart", "A part's headers are not UTF-8.", {
      cause: error,
    });
  }
}
