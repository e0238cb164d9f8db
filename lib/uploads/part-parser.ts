import { MultipartParser } from "formidable";
import { RegistryError } from "#lib/errors.ts";
import type { MultipartEvent } from "./multipart-event.ts";

/** Room for a path of 1 KiB, percent-encoded twice over, and whatever clients add. */
const PART_HEADERS_MAX_BYTES = 16 * 1024;

/** An event of formidable's parser (formidable/src/parsers/Multipart.js). */
type ParserEvent = { name: string; buffer?: Buffer; start?: number; end?: number };

/** Boundaries and headers of a multipart body, by formidable's parser; the parts' content is not given to it. */
export class PartParser {
  readonly #parser = new MultipartParser();
  readonly #headers = new PartHeaders();

  constructor(boundary: string) {
    this.#parser.initWithBoundary(boundary);
    // `parse` looks for failures after each write; without a listener the event would end the process.
    this.#parser.on("error", () => {});
  }

  /** Throws `invalid_multipart`. */
  *parse(bytes: Buffer): Generator<MultipartEvent> {
    if (bytes.length === 0) return;
    // The parser works at once, and all that it makes is read below, so that its stream never fills up.
    this.#parser.write(bytes);
    let event: ParserEvent | null = this.#parser.read();
    for (; event !== null; event = this.#parser.read()) {
      if (event.name === "partEnd") yield { type: "part-end" };
      else if (event.name === "headersEnd") yield { type: "part", headers: this.#headers.take() };
      else this.#headers.add(event);
    }
    if (this.#parser.errored === null) return;
    throw new RegistryError("invalid_multipart", "The multipart body cannot be parsed.", {
      cause: this.#parser.errored,
    });
  }

  close(): void {
    this.#parser.destroy();
  }
}

/** Puts a part's header lines together from pieces that may be cut anywhere. */
class PartHeaders {
  #headers = new Map<string, string>();
  #name: Buffer[] = [];
  #value: Buffer[] = [];
  #bytes = 0;

  add({ name, buffer, start, end }: ParserEvent): void {
    if (buffer) {
      const piece = Buffer.from(buffer.subarray(start, end));
      this.#bytes += piece.length;
      if (this.#bytes > PART_HEADERS_MAX_BYTES)
        throw new RegistryError("invalid_multipart", "A part's headers are over 16 KiB.");
      (name === "headerField" ? this.#name : this.#value).push(piece);
    } else if (name === "headerEnd") {
      const header = decode(this.#name).toLowerCase();
      if (this.#headers.has(header))
        throw new RegistryError("invalid_multipart", "A part has a header twice.");
      this.#headers.set(header, decode(this.#value));
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
