/**
 * Walks a JSON text of any size by its bytes, with the memory of its nesting: for the few facts of a file that is too large to be
 * held as a tree, such as a tokenizer of 30 MB.
 */
import type { ByteSource } from "../contract.ts";
import { JsonProblem } from "./strict-json.ts";

const CHUNK_BYTES = 256 * 1024;
/** Longer texts are given cut; nobody asks for them. */
const MAX_TEXT_BYTES = 1024;

/** What stands at a place: a text, or a number or word as it is written; the beginning of a container. */
export type JsonVisit = {
  /** Keys of objects from the outermost on; items of lists are `null`. */
  path: readonly (string | null)[];
  kind: "text" | "plain" | "object" | "list";
  /** Of a text or plain value. */
  value: string;
};

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;

/**
 * Calls `visit` for every value whose path has at most `depth` keys. Throws JsonProblem for brackets that do not match and a text
 * that does not end; finer errors are not told.
 */
export async function scanJson(
  source: ByteSource,
  { depth, maxDepth }: { depth: number; maxDepth: number },
  visit: (value: JsonVisit) => void,
): Promise<void> {
  const scanner = new Scanner(depth, maxDepth, visit);
  for (let offset = 0; offset < source.sizeBytes; offset += CHUNK_BYTES) {
    scanner.feed(await source.read(offset, Math.min(CHUNK_BYTES, source.sizeBytes - offset)));
  }
  scanner.end();
}

class Scanner {
  readonly #depth: number;
  readonly #maxDepth: number;
  readonly #visit: (value: JsonVisit) => void;
  /** True for an object, false for a list. */
  readonly #containers: boolean[] = [];
  readonly #path: (string | null)[] = [];
  #word: number[] = [];
  #isText = false;
  #isEscaped = false;
  #isPlain = false;
  /** Whether the next text is a key. */
  #isKey = false;
  #isDone = false;

  constructor(depth: number, maxDepth: number, visit: (value: JsonVisit) => void) {
    this.#depth = depth;
    this.#maxDepth = maxDepth;
    this.#visit = visit;
  }

  feed(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += 1) {
      const byte = bytes[at] as number;
      if (this.#isText) this.#inText(byte);
      else if (byte <= 0x20) this.#endPlain();
      else this.#outside(byte);
    }
  }

  end(): void {
    this.#endPlain();
    if (this.#isText) throw new JsonProblem("a text does not end");
    if (this.#containers.length > 0 || !this.#isDone) throw new JsonProblem("it is cut short");
  }

  #inText(byte: number): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (byte === BACKSLASH) this.#isEscaped = true;
    else if (byte === QUOTE) {
      this.#isText = false;
      this.#endText();
      return;
    }
    if (this.#isWanted() && this.#word.length < MAX_TEXT_BYTES) this.#word.push(byte);
  }

  #outside(byte: number): void {
    switch (byte) {
      case QUOTE:
        this.#endPlain();
        this.#isText = true;
        this.#word = [];
        return;
      case OPEN_OBJECT:
      case OPEN_LIST:
        this.#open(byte === OPEN_OBJECT);
        return;
      case CLOSE_OBJECT:
      case CLOSE_LIST:
        this.#close(byte === CLOSE_OBJECT);
        return;
      case COMMA:
        this.#endPlain();
        this.#isKey = this.#containers.at(-1) === true;
        return;
      case COLON:
        this.#isKey = false;
        return;
      default:
        this.#isPlain = true;
        if (this.#isWanted() && this.#word.length < MAX_TEXT_BYTES) this.#word.push(byte);
    }
  }

  #open(isObject: boolean): void {
    this.#endPlain();
    this.#tell(isObject ? "object" : "list", "");
    if (this.#containers.length >= this.#maxDepth) throw new JsonProblem("it is nested too deep");
    this.#containers.push(isObject);
    this.#path.push(null);
    this.#isKey = isObject;
  }

  #close(isObject: boolean): void {
    this.#endPlain();
    if (this.#containers.pop() !== isObject) throw new JsonProblem("its brackets do not match");
    this.#path.pop();
    this.#isKey = false;
    this.#isDone ||= this.#containers.length === 0;
  }

  #endText(): void {
    if (!this.#isKey) {
      this.#tell("text", this.#isWanted() ? textOf(this.#word) : "");
    } else if (this.#path.length > 0 && this.#path.length <= this.#depth) {
      this.#path[this.#path.length - 1] = textOf(this.#word);
    }
    this.#word = [];
  }

  #endPlain(): void {
    if (!this.#isPlain) return;
    this.#isPlain = false;
    this.#tell("plain", Buffer.from(this.#word).toString("latin1"));
    this.#word = [];
  }

  #isWanted(): boolean {
    return this.#path.length <= this.#depth;
  }

  #tell(kind: JsonVisit["kind"], value: string): void {
    if (this.#path.length === 0) this.#isDone ||= kind === "text" || kind === "plain";
    if (this.#isWanted()) this.#visit({ path: this.#path, kind, value });
  }
}

/** Escapes are undone; a text that was cut within one is given as it stands. */
function textOf(bytes: readonly number[]): string {
  const text = Buffer.from(bytes).toString();
  if (!text.includes("\\")) return text;
  try {
    return String(JSON.parse(`"${text}"`));
  } catch {
    return text;
  }
}
