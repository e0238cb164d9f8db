/**
 * The baseline of the benchmark of resumable uploads: the whole file as one body on plain node:http, written by the
 * product's disk writer (hashed, durable). Argument: the data folder. Tells its port on stdout.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { DiskStorage } from "../../lib/storage/disk.ts";
import { blobKey } from "../../lib/storage/layout.ts";

const [folder = ""] = process.argv.slice(2);
const storage = new DiskStorage(folder);
await storage.open();

const server = createServer(async (request, response) => {
  const writer = await storage.createWriter();
  try {
    for await (const chunk of request) await writer.write(chunk);
    const { sha256 } = await writer.finish();
    await writer.commit(blobKey(sha256));
    response.end(JSON.stringify({ sha256 }));
  } catch (error) {
    response.writeHead(500);
    response.end(String(error));
  } finally {
    await writer.abort();
  }
});
server.requestTimeout = 0;
server.listen(0, "127.0.0.1", () => console.log((server.address() as AddressInfo).port));
