import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { get } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { BlobReader } from "#lib/storage/contract.ts";
import { openDiskReader } from "#lib/storage/disk-reader.ts";
import type { ApiRequest } from "./api-request.ts";
import { attachment, fileResponse } from "./file-response.ts";
import { chunkBytes } from "./file-response-stream.ts";
import { type ResponseServer, serveResponses } from "./file-response-test-server.ts";

const SIZE = 24 * 1024 * 1024 + 12_345;
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

let folder: string;
let path: string;
let content: Buffer;
let server: ResponseServer;
let openReaders = 0;
let opened = 0;
let completed: number[] = [];

/** The disk's reader, counted. */
async function openCounted(): Promise<BlobReader> {
  const reader = await openDiskReader(path, SIZE);
  openReaders += 1;
  opened += 1;
  return {
    sizeBytes: reader.sizeBytes,
    read: (into, offset) => reader.read(into, offset),
    close: async () => {
      openReaders -= 1;
      await reader.close();
    },
  };
}

const answer = (request: ApiRequest) =>
  fileResponse(request, {
    path: "weights/modèle.bin",
    sizeBytes: SIZE,
    sha256: sha256(content),
    mediaType: "application/octet-stream",
    lastModified: new Date("2026-11-06T08:49:37Z"),
    open: openCounted,
    onCompleted: (bytes) => completed.push(bytes),
  });

async function until(isTrue: () => boolean): Promise<void> {
  for (const end = Date.now() + 5000; !isTrue() && Date.now() < end; ) await sleep(10);
  expect(isTrue()).toBe(true);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "registry-download-"));
  path = join(folder, "blob");
  content = randomBytes(SIZE);
  await writeFile(path, content);
  server = await serveResponses(answer);
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  completed = [];
  opened = 0;
});

describe("a download", () => {
  it("gives all bytes and says all about them", async () => {
    const response = await fetch(server.url);
    const body = Buffer.from(await response.arrayBuffer());
    expect(response.status).toBe(200);
    expect(sha256(body)).toBe(sha256(content));
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-length": String(SIZE),
      "content-type": "application/octet-stream",
      etag: `"sha256:${sha256(content)}"`,
      "repr-digest": `sha-256=:${createHash("sha256").update(content).digest("base64")}:`,
      "accept-ranges": "bytes",
      "cache-control": "private, no-cache",
      "content-disposition": `attachment; filename="mod_le.bin"; filename*=UTF-8''mod%C3%A8le.bin`,
      "x-content-type-options": "nosniff",
      "content-security-policy": "sandbox; default-src 'none'",
      "last-modified": "Fri, 06 Nov 2026 08:49:37 GMT",
    });
    expect(response.headers.has("x-body-length")).toBe(false);
    await until(() => openReaders === 0 && completed.length > 0);
    expect(completed).toEqual([SIZE]);
  });

  it("answers HEAD with the same headers and without opening the blob", async () => {
    const response = await fetch(server.url, { method: "HEAD" });
    expect(response.headers.get("content-length")).toBe(String(SIZE));
    expect(response.headers.get("repr-digest")).toContain("sha-256=:");
    expect(opened).toBe(0);
    expect(completed).toEqual([]);
  });

  it("answers 304 without opening the blob", async () => {
    const etag = `"sha256:${sha256(content)}"`;
    const response = await fetch(server.url, { headers: { "if-none-match": etag } });
    expect(response.status).toBe(304);
    expect(response.headers.get("etag")).toBe(etag);
    expect(opened).toBe(0);
  });

  it.each([
    [0, 0],
    [65_535, 65_536],
    [1_048_575, 1_048_577],
    [7_000_001, 19_999_999],
    [SIZE - 1, SIZE - 1],
  ])("gives the bytes %i to %i and no other", async (start, end) => {
    const response = await fetch(server.url, { headers: { range: `bytes=${start}-${end}` } });
    expect(response.status).toBe(206);
    expect(response.headers.get("content-range")).toBe(`bytes ${start}-${end}/${SIZE}`);
    expect(response.headers.get("content-length")).toBe(String(end - start + 1));
    const body = Buffer.from(await response.arrayBuffer());
    expect(body.equals(content.subarray(start, end + 1))).toBe(true);
  });

  it("answers 416 with the length for a range outside", async () => {
    const response = await fetch(server.url, { headers: { range: `bytes=${SIZE}-` } });
    expect(response.status).toBe(416);
    expect(response.headers.get("content-range")).toBe(`bytes */${SIZE}`);
    expect(await response.json()).toMatchObject({ code: "range_not_satisfiable" });
  });

  it("counts a download when the last byte was asked for, and only then", async () => {
    await (await fetch(server.url, { headers: { range: "bytes=0-99" } })).arrayBuffer();
    expect(completed).toEqual([]);
    const rest = await fetch(server.url, { headers: { range: "bytes=100-" } });
    await rest.arrayBuffer();
    await until(() => completed.length === 1);
    expect(completed).toEqual([SIZE - 100]);
  });

  it("closes the blob when the client goes away", async () => {
    const controller = new AbortController();
    const response = await fetch(server.url, { signal: controller.signal });
    await response.body?.getReader().read();
    expect(openReaders).toBe(1);
    controller.abort();
    await until(() => openReaders === 0);
    expect(completed).toEqual([]);
  });

  it("closes the blob when the client was gone before the first byte", async () => {
    const controller = new AbortController();
    const response = await answer(new Request("http://test/", { signal: controller.signal }));
    expect(openReaders).toBe(1);
    controller.abort();
    await until(() => openReaders === 0);
    await expect(response.text()).rejects.toThrow();
  });

  it("never ends cleanly when the blob is shorter than announced", async () => {
    const copy = join(folder, "short");
    await writeFile(copy, content);
    const cut = await serveResponses((request) =>
      fileResponse(request, {
        path: "x.bin",
        sizeBytes: SIZE,
        sha256: sha256(content),
        mediaType: "application/octet-stream",
        open: async () => {
          const reader = await openDiskReader(copy, SIZE);
          await truncate(copy, SIZE - 5_000_000);
          return reader;
        },
        onCompleted: (bytes) => completed.push(bytes),
      }),
    );
    const response = await fetch(cut.url);
    await expect(response.arrayBuffer()).rejects.toThrow();
    expect(completed).toEqual([]);
    await cut.close();
  });
});

describe("the two buffers of a download", () => {
  it("are reused: a consumer that keeps a chunk sees it change", async () => {
    const response = await answer(new Request("http://test/"));
    const kept: Uint8Array[] = [];
    for await (const chunk of response.body ?? []) kept.push(chunk);
    expect(new Set(kept.map((chunk) => chunk.buffer)).size).toBe(2);
    expect(sha256(Buffer.concat(kept))).not.toBe(sha256(content));
  });

  it("are never refilled before the socket took them, however slow the client is", async () => {
    const hash = createHash("sha256");
    await new Promise<void>((resolve, reject) => {
      get(server.url, { agent: false }, (response) => {
        let sinceRest = 0;
        response.on("data", (chunk: Buffer) => {
          hash.update(chunk);
          sinceRest += chunk.length;
          if (sinceRest < 1_500_000) return;
          sinceRest = 0;
          response.pause();
          // Long enough for the server to fill every buffer on the way.
          setTimeout(() => response.resume(), 40);
        });
        response.on("end", resolve).on("error", reject);
      }).on("error", reject);
    });
    expect(hash.digest("hex")).toBe(sha256(content));
  }, 30_000);

  it("are each download's own: forty at once, some slow, each gets its bytes", async () => {
    const download = async (index: number) => {
      const start = index * 1000;
      const response = await fetch(server.url, { headers: { range: `bytes=${start}-` } });
      const hash = createHash("sha256");
      for await (const chunk of response.body ?? []) {
        hash.update(chunk);
        if (index % 4 === 0) await sleep(1);
      }
      return hash.digest("hex") === sha256(content.subarray(start));
    };
    const results = await Promise.all(Array.from({ length: 40 }, (_, index) => download(index)));
    expect(results).not.toContain(false);
    await until(() => openReaders === 0);
  }, 60_000);

  it("carry pipelined requests in order", async () => {
    const expected = content.subarray(0, 3_000_000);
    const request = `GET / HTTP/1.1\r\nHost: x\r\nRange: bytes=0-${expected.length - 1}\r\n`;
    const socket = connect(server.port, "127.0.0.1");
    socket.write(`${request}\r\n${request}Connection: close\r\n\r\n`);
    const received: Buffer[] = [];
    for await (const chunk of socket) {
      received.push(chunk as Buffer);
      await sleep(2);
    }
    const all = Buffer.concat(received);
    const first = all.indexOf("\r\n\r\n") + 4;
    const second = all.indexOf("\r\n\r\n", first + expected.length) + 4;
    expect(all.subarray(first, first + expected.length).equals(expected)).toBe(true);
    expect(all.subarray(second).equals(expected)).toBe(true);
  }, 30_000);

  it("get smaller when there are many downloads, so that 1,000 take 128 MiB at most", () => {
    expect(chunkBytes(1)).toBe(1024 * 1024);
    for (const downloads of [1, 10, 64, 65, 100, 1000])
      expect(2 * downloads * chunkBytes(downloads)).toBeLessThanOrEqual(128 * 1024 * 1024);
    // A refill below Node's high-water mark could overtake the socket.
    expect(chunkBytes(1_000_000)).toBe(64 * 1024);
  });
});

describe("attachment", () => {
  it.each([
    ["model.pth", `attachment; filename="model.pth"; filename*=UTF-8''model.pth`],
    ['a"b\\c.bin', `attachment; filename="a_b_c.bin"; filename*=UTF-8''a%22b%5Cc.bin`],
    ["(1)'*.bin", `attachment; filename="(1)'*.bin"; filename*=UTF-8''%281%29%27%2A.bin`],
    ["50%.bin", `attachment; filename="50_.bin"; filename*=UTF-8''50%25.bin`],
    ["模型.onnx", `attachment; filename="__.onnx"; filename*=UTF-8''%E6%A8%A1%E5%9E%8B.onnx`],
  ])("names %s for every client", (name, header) => {
    expect(attachment(name)).toBe(header);
  });
});
