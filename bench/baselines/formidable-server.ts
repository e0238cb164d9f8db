/**
 * The baseline of the upload benchmark: formidable's own form on plain node:http, its parts written by
 * the product's disk writer (hashed, durable). Argument: the data folder. Tells its port on stdout.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Writable } from "node:stream";
import formidable from "formidable";
import type { BlobWriter } from "../../lib/storage/contract.ts";
import { DiskStorage } from "../../lib/storage/disk.ts";
import { blobKey } from "../../lib/storage/layout.ts";

const [folder = ""] = process.argv.slice(2);
const storage = new DiskStorage(folder);
await storage.open();

/** formidable asks for a stream at once; the writer is opened by the first bytes. */
class WriterStream extends Writable {
  writer: BlobWriter | null = null;
  sha256 = "";

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    this.#write(chunk).then(() => done(), done);
  }
  override _final(done: (error?: Error) => void): void {
    this.#finish().then(() => done(), done);
  }
  async #write(chunk: Buffer): Promise<void> {
    this.writer ??= await storage.createWriter();
    await this.writer.write(chunk);
  }
  async #finish(): Promise<void> {
    this.sha256 = (await this.writer?.finish())?.sha256 ?? "";
    await this.writer?.commit(blobKey(this.sha256));
  }
}

const server = createServer(async (request, response) => {
  const streams: WriterStream[] = [];
  const form = formidable({
    maxFileSize: Number.MAX_SAFE_INTEGER,
    fileWriteStreamHandler: () => {
      const stream = new WriterStream();
      streams.push(stream);
      return stream;
    },
  });
  try {
    await form.parse(request);
    response.end(JSON.stringify({ sha256: streams.map((stream) => stream.sha256).join() }));
  } catch (error) {
    response.writeHead(500);
    response.end(String(error));
  }
});
server.listen(0, "127.0.0.1", () => console.log((server.address() as AddressInfo).port));
