/**
 * Ranges of a file over plain HTTP, read into buffers that are used again. Node's HTTP client allocates one for each 64 KiB:
 * 1 GiB costs it twice the processor time, most of it for collecting them. Only the one answer that is wanted is
 * understood here; whatever else comes is left to `Registry`, which asks again and explains it.
 */
import { connect, type Socket } from "node:net";

const READ_BYTES = 256 * 1024;
const HEAD_MAX_BYTES = 16 * 1024;
const IDLE_MS = 60_000;

export type WantedRange = {
  /** Of the URL, encoded, with its query. */
  path: string;
  headers: Record<string, string>;
  start: number;
  /** Of the whole file. */
  sizeBytes: number;
  target: Buffer;
  signal: AbortSignal;
  onBytes: (count: number) => void;
};

/** Keeps connections of one server for the next range. `close` ends them. */
export class RangeConnections {
  readonly #url: URL;
  readonly #idle: RangeConnection[] = [];
  readonly #all = new Set<RangeConnection>();

  /** Null for a server that is not reached by plain HTTP. */
  static to(url: string): RangeConnections | null {
    return url.startsWith("http:") ? new RangeConnections(new URL(url)) : null;
  }

  private constructor(url: URL) {
    this.#url = url;
  }

  /**
   * How many bytes of the range came, from its first on. Fewer than all: the connection was cut, or the answer was another
   * one. Never rejects.
   */
  async read(range: WantedRange): Promise<number> {
    const connection = this.#takeIdle() ?? new RangeConnection(this.#url);
    this.#all.add(connection);
    const count = await connection.read(range);
    if (connection.isUsable) this.#idle.push(connection);
    else this.#all.delete(connection);
    return count;
  }

  close(): void {
    for (const connection of this.#all) connection.close();
  }

  /** The server may have ended some of them meanwhile. */
  #takeIdle(): RangeConnection | undefined {
    for (;;) {
      const connection = this.#idle.pop();
      if (connection === undefined || connection.isUsable) return connection;
      this.#all.delete(connection);
    }
  }
}

type Reading = WantedRange & { head: string | null; got: number; end: () => void };

class RangeConnection {
  readonly #host: string;
  readonly #socket: Socket;
  #reading: Reading | null = null;
  isUsable = true;

  constructor(url: URL) {
    this.#host = url.host;
    this.#socket = connect({
      host: url.hostname.replace(/^\[|\]$/g, ""),
      port: Number(url.port || 80),
      onread: {
        buffer: Buffer.allocUnsafe(READ_BYTES),
        callback: (length, buffer) => {
          this.#take(buffer as Buffer, length);
          return true;
        },
      },
    });
    this.#socket.setNoDelay(true);
    this.#socket.setTimeout(IDLE_MS, () => this.close());
    this.#socket.on("error", () => this.close());
    this.#socket.on("end", () => this.close());
    this.#socket.on("close", () => this.close());
  }

  async read(range: WantedRange): Promise<number> {
    const { path, headers, start, target, signal } = range;
    const abort = () => this.close();
    const reading: Reading = { ...range, head: "", got: 0, end: () => undefined };
    const ended = new Promise<void>((resolve) => {
      reading.end = resolve;
    });
    this.#reading = reading;
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    const lines = Object.entries({
      host: this.#host,
      ...headers,
      range: `bytes=${start}-${start + target.length - 1}`,
    }).map(([name, value]) => `${name}: ${value}\r\n`);
    this.#socket.write(`GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
    await ended;
    signal.removeEventListener("abort", abort);
    return reading.got;
  }

  close(): void {
    this.isUsable = false;
    this.#socket.destroy();
    this.#finish();
  }

  #finish(): void {
    const reading = this.#reading;
    this.#reading = null;
    reading?.end();
  }

  #take(buffer: Buffer, length: number): void {
    const reading = this.#reading;
    // Nobody asked for these bytes.
    if (reading === null) {
      this.close();
      return;
    }
    const at = reading.head === null ? 0 : this.#takeHead(reading, buffer, length);
    if (at === null) return;
    const count = Math.min(length - at, reading.target.length - reading.got);
    buffer.copy(reading.target, reading.got, at, at + count);
    reading.got += count;
    reading.onBytes(count);
    if (at + count < length) this.close();
    else if (reading.got === reading.target.length) this.#finish();
  }

  /** Where the body begins in `buffer`; null while there is more of the head to come, or when it is not the wanted one. */
  #takeHead(reading: Reading, buffer: Buffer, length: number): number | null {
    const before = reading.head?.length ?? 0;
    const head: string = (reading.head ?? "") + buffer.toString("latin1", 0, length);
    const end = head.indexOf("\r\n\r\n");
    reading.head = end === -1 ? head : null;
    if (end === -1 && head.length <= HEAD_MAX_BYTES) return null;
    if (end !== -1 && isWanted(head.slice(0, end), reading)) return end + 4 - before;
    this.close();
    return null;
  }
}

function isWanted(head: string, { start, sizeBytes, target }: WantedRange): boolean {
  const [status = "", ...lines] = head.split("\r\n");
  const headers = new Map(
    lines.map((line): [string, string] => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  return (
    /^HTTP\/1\.1 206\b/.test(status) &&
    headers.get("content-length") === String(target.length) &&
    headers.get("content-range") === `bytes ${start}-${start + target.length - 1}/${sizeBytes}` &&
    !headers.has("transfer-encoding") &&
    (headers.get("content-encoding") ?? "identity") === "identity"
  );
}
