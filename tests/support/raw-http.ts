/** HTTP byte by byte: requests that no client library would send, and answers as the wire has them. */
import { connect, type Socket } from "node:net";

export type RawAnswer = { status: number; headers: Map<string, string>; text: string };

/** Long enough for a busy machine; an answer that never comes still ends the test. */
const ANSWER_TIMEOUT_MS = 30_000;

export class RawConnection {
  readonly #socket: Socket;
  #received = Buffer.alloc(0);
  #isClosed = false;
  #wake = () => {};

  constructor(baseUrl: string) {
    const { hostname, port } = new URL(baseUrl);
    this.#socket = connect(Number(port), hostname);
    this.#socket.on("data", (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#wake();
    });
    this.#socket.on("error", () => {});
    this.#socket.on("close", () => {
      this.#isClosed = true;
      this.#wake();
    });
  }

  send(bytes: string): void {
    this.#socket.write(bytes, "latin1");
  }

  /** The next answer, interim ones included. `hasBody` is false for HEAD. Throws when the connection ends before it. */
  async next({ hasBody = true } = {}): Promise<RawAnswer> {
    const head = (await this.#take((received) => endOf(received, "\r\n\r\n"))).toString("latin1");
    const [statusLine = "", ...lines] = head.trimEnd().split("\r\n");
    const headers = new Map(lines.map((line) => splitLine(line)));
    const status = Number(statusLine.split(" ")[1]);
    const answer = { status, headers, text: "" };
    if (!hasBody || status < 200 || status === 204 || status === 304) return answer;
    const isChunked = !headers.has("content-length");
    const body = isChunked
      ? await this.#chunks()
      : await this.#bytes(headers.get("content-length"));
    return { ...answer, text: body.toString() };
  }

  /** Resolves when the server has closed the connection; gives what was not taken before. */
  async closed(): Promise<string> {
    await this.#until(() => this.#isClosed);
    return this.#received.toString();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  async #chunks(): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for (let size = -1; size !== 0; ) {
      const line = await this.#take((received) => endOf(received, "\r\n"));
      size = Number.parseInt(line.toString("latin1"), 16);
      const chunk = await this.#bytes(size + 2);
      chunks.push(chunk.subarray(0, size));
    }
    return Buffer.concat(chunks);
  }

  #bytes(count: number | string | undefined): Promise<Buffer> {
    return this.#take((received) => (received.length >= Number(count) ? Number(count) : -1));
  }

  async #take(measure: (received: Buffer) => number): Promise<Buffer> {
    let length = -1;
    await this.#until(() => {
      length = measure(this.#received);
      return length >= 0 || this.#isClosed;
    });
    if (length < 0) throw new Error(`The connection ended after: ${this.#received}`);
    const taken = this.#received.subarray(0, length);
    this.#received = this.#received.subarray(length);
    return taken;
  }

  async #until(isMet: () => boolean): Promise<void> {
    const deadline = setTimeout(() => this.#socket.destroy(), ANSWER_TIMEOUT_MS);
    while (!isMet()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    clearTimeout(deadline);
  }
}

function endOf(received: Buffer, mark: string): number {
  const at = received.indexOf(mark);
  return at < 0 ? -1 : at + mark.length;
}

function splitLine(line: string): [string, string] {
  const at = line.indexOf(":");
  return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()];
}
