import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DiskStorage } from "#lib/storage/disk.ts";
import { blobKey } from "#lib/storage/layout.ts";
import { MemoryStorage } from "#lib/storage/memory.ts";
import { growthOf, LINEAR_GROWTH } from "../../tests/support/cost.ts";
import { type ReceivedForm, receiveMultipart } from "./receive-multipart.ts";

const BOUNDARY = "----registry-boundary";
const MEBIBYTE = 1024 * 1024;
const LIMITS = {
  maxUploadSizeBytes: 100 * MEBIBYTE,
  minFreeSpaceBytes: 0,
  maxFilesPerVersion: 10_000,
};
const FIELDS = ["name", "framework", "description"];
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

type Part = { name?: string; filename?: string; content?: string | Uint8Array; headers?: string };

function encode(parts: Part[], options: { boundary?: string; end?: string } = {}): Buffer {
  const boundary = options.boundary ?? BOUNDARY;
  const chunks = parts.flatMap(({ name = "file", filename, content = "x", headers }) => {
    const file = filename === undefined ? "" : `; filename="${filename}"`;
    const head = headers ?? `Content-Disposition: form-data; name="${name}"${file}\r\n`;
    return [`--${boundary}\r\n${head}\r\n`, content, "\r\n"];
  });
  chunks.push(options.end ?? `--${boundary}--\r\n`);
  return Buffer.concat(
    chunks.map((chunk) => (typeof chunk === "string" ? Buffer.from(chunk) : chunk)),
  );
}

async function* inChunks(bytes: Uint8Array, size = 65_536): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe("receiveMultipart", () => {
  let folder: string;
  let storage: DiskStorage;
  let forms: ReceivedForm[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "registry-upload-"));
    storage = new DiskStorage(folder);
    await storage.open();
    forms = [];
  });
  afterEach(async () => {
    for (const form of forms) for (const { writer } of form.files) await writer.abort();
    // Whatever happened, no trace is left.
    expect(await readdir(join(folder, "uploads"))).toEqual([]);
    await rm(folder, { recursive: true });
  });

  type Options = { headers?: Record<string, string>; maxBytes?: number; minFree?: number };

  async function receive(body: AsyncIterable<Uint8Array> | Buffer, options: Options = {}) {
    const isBuffer = Buffer.isBuffer(body);
    const form = await receiveMultipart({
      headers: {
        "content-type": `multipart/form-data; boundary=${BOUNDARY}`,
        ...(isBuffer ? { "content-length": String(body.length) } : {}),
        ...options.headers,
      },
      body: isBuffer ? inChunks(body) : body,
      storage,
      limits: {
        maxUploadSizeBytes: options.maxBytes ?? 100 * MEBIBYTE,
        minFreeSpaceBytes: options.minFree ?? 0,
        maxFilesPerVersion: 100,
      },
      allowedFields: FIELDS,
    });
    forms.push(form);
    return form;
  }

  const refuses = (code: string, work: Promise<unknown>) =>
    expect(work).rejects.toMatchObject({ code });

  it("stores files under their digests and gives the fields", async () => {
    const content = randomBytes(3 * MEBIBYTE + 1);
    const form = await receive(
      encode([
        { name: "name", content: "my_model" },
        { filename: "dir/model.onnx", content },
        { name: "description", content: "modèle\r\nwith lines" },
        { filename: "small.json", content: "{}" },
      ]),
    );
    expect(form.fields).toEqual({ name: "my_model", description: "modèle\r\nwith lines" });
    expect(form.files).toMatchObject([
      { path: "dir/model.onnx", sha256: sha256(content), sizeBytes: content.length },
      { path: "small.json", sha256: sha256(Buffer.from("{}")), sizeBytes: 2 },
    ]);
    const key = blobKey(sha256(content));
    await form.files[0]?.writer.commit(key);
    expect(await storage.stat(key)).toMatchObject({ sizeBytes: content.length });
  });

  it("takes the fields after the file, as curl sends them when they are given so", async () => {
    const parts = [{ filename: "model.pth" }, { name: "name", content: "m" }];
    expect((await receive(encode(parts))).fields).toEqual({ name: "m" });
  });

  it("keeps bytes that look like boundaries, however the body is cut into chunks", async () => {
    const tricky = `\r\n--${BOUNDARY.slice(0, -1)}\r\n\r\n--\r\n-\r\n--${BOUNDARY.slice(1)}--\r\n\r`;
    const content = Buffer.from(tricky.repeat(20));
    const body = encode([{ filename: "tricky" }, { filename: "t2", content }]);
    for (const size of [1, 2, 3, 7, 21, 64, 1000, 100_000]) {
      const form = await receive(inChunks(body, size));
      expect(form.files[1]?.sha256).toBe(sha256(content));
    }
  });

  it("keeps any bytes in any chunks", async () => {
    const piece = fc.oneof(
      fc.constantFrom("\r", "\n", "-", "\r\n", "\r\n-", "\r\n--", `\r\n--${BOUNDARY.slice(0, 9)}`),
      fc.string({ maxLength: 5 }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 50 }),
        async (pieces, size) => {
          const content = Buffer.from(`x${pieces.join("")}`);
          const form = await receive(inChunks(encode([{ filename: "f", content }]), size));
          expect(form.files[0]?.sha256).toBe(sha256(content));
        },
      ),
      { numRuns: 100 },
    );
  });

  it.each([
    "\r",
    "\r\n",
    "\n",
    "-",
    "\r\n--",
    `\r\n--${BOUNDARY}-`,
    `\r\n--${BOUNDARY}\r`,
    "\r\n\r\n",
  ])("takes a file of nothing but %j in time that grows with its length only", async (part) => {
    const size = 4 * MEBIBYTE;
    const bodies = [1 / 4, 1].map((scale) =>
      encode([{ filename: "f", content: Buffer.alloc(size * scale, part) }]),
    ) as [Buffer, Buffer];
    const form = await receive(inChunks(bodies[1]));
    expect(form.files[0]?.sha256).toBe(sha256(Buffer.alloc(size, part)));
    const growth = await growthOf((scale) =>
      receive(inChunks(scale === 1 ? bodies[1] : bodies[0])),
    );
    expect(growth).toBeLessThan(LINEAR_GROWTH);
  });

  it("takes a preamble and an epilogue that are full of lines' ends in time that grows with their length only", async () => {
    const small = encode([{ filename: "f", content: "x" }]);
    const [quarter, whole] = [1 / 4, 1].map((scale) => {
      const lines = Buffer.alloc(2 * MEBIBYTE * scale, "\r\n\r\n");
      return Buffer.concat([lines, small, lines]);
    }) as [Buffer, Buffer];
    expect((await receive(inChunks(whole))).files[0]?.sizeBytes).toBe(1);
    const growth = await growthOf((scale) => receive(inChunks(scale === 1 ? whole : quarter)));
    expect(growth).toBeLessThan(LINEAR_GROWTH);
  });

  it("asks for no more bytes while the store is busy", async () => {
    let [asked, written] = [0, 0];
    const slow = new MemoryStorage();
    const createWriter = slow.createWriter.bind(slow);
    slow.createWriter = async () => {
      const writer = await createWriter();
      const write = writer.write.bind(writer);
      writer.write = async (chunk) => {
        await sleep(2);
        await write(chunk);
        written += chunk.byteLength;
      };
      return writer;
    };
    const body = encode([{ filename: "f", content: randomBytes(2 * MEBIBYTE) }]);
    let mostAhead = 0;
    async function* watched() {
      for await (const chunk of inChunks(body)) {
        asked += chunk.length;
        mostAhead = Math.max(mostAhead, asked - written);
        yield chunk;
      }
    }
    await receiveMultipart({
      headers: { "content-type": `multipart/form-data; boundary=${BOUNDARY}` },
      body: watched(),
      storage: slow,
      limits: LIMITS,
      allowedFields: FIELDS,
    });
    expect(mostAhead).toBeLessThan(3 * 65_536);
  });

  describe("refuses before the first byte is asked for", () => {
    // biome-ignore lint/correctness/useYield: the point is that it is never asked
    async function* never(): AsyncGenerator<Uint8Array> {
      throw new Error("asked for a byte");
    }
    it("an announced length over the limit", () =>
      refuses("too_large", receive(never(), { headers: { "content-length": "999999999999" } })));

    it("what does not fit beside the space to be kept free", async () => {
      const { freeBytes } = await storage.capacity();
      const headers = { "content-length": String(MEBIBYTE) };
      await refuses("insufficient_storage", receive(never(), { headers, minFree: freeBytes }));
    });

    it("another media type, a compressed body, a length that is no number", async () => {
      const json = { "content-type": "application/json" };
      await refuses("unsupported_media_type", receive(never(), { headers: json }));
      const gzip = { "content-encoding": "gzip" };
      await refuses("unsupported_media_type", receive(never(), { headers: gzip }));
      const length = { "content-length": "-1" };
      await refuses("invalid_request", receive(never(), { headers: length }));
    });

    it("a boundary of a megabyte", () => {
      const type = `multipart/form-data; boundary=${"b".repeat(MEBIBYTE)}`;
      return refuses("invalid_multipart", receive(never(), { headers: { "content-type": type } }));
    });
  });

  describe("refuses, and leaves no trace of", () => {
    const good = { filename: "good.bin", content: randomBytes(MEBIBYTE) };

    it("files over the limit, as soon as they are", async () => {
      let asked = 0;
      async function* endless() {
        yield encode([{ filename: "f", content: "x" }], { end: "" }).subarray(0, -2);
        for (;;) {
          asked += MEBIBYTE;
          yield Buffer.alloc(MEBIBYTE);
        }
      }
      await refuses("too_large", receive(endless(), { maxBytes: 5 * MEBIBYTE }));
      expect(asked).toBeLessThanOrEqual(7 * MEBIBYTE);
    });

    it.each(["../evil", "/etc/passwd", "a\\b", "x\0y", "con", "", "a".repeat(2000)])(
      "the file name %j",
      (filename) => refuses("invalid_path", receive(encode([good, { filename }]))),
    );

    it("two files with one path, letters' case aside", () =>
      refuses("invalid_path", receive(encode([good, { filename: "GOOD.bin" }]))));

    it("a form without a file", () =>
      refuses("invalid_request", receive(encode([{ name: "name" }]))));

    it("an unknown field, and says which", async () => {
      const work = receive(encode([good, { name: "frame/work~" }]));
      await expect(work).rejects.toMatchObject({
        code: "invalid_request",
        problems: [{ pointer: "/frame~1work~0" }],
      });
    });

    it.each(["__proto__", "constructor", "toString"])("the field %s", (name) =>
      refuses("invalid_request", receive(encode([good, { name }]))),
    );

    it("a field twice, a field sent as a file, a file sent as a field", async () => {
      await refuses("invalid_request", receive(encode([{ name: "name" }, { name: "name" }, good])));
      await refuses("invalid_request", receive(encode([good, { name: "name", filename: "n" }])));
      await refuses("invalid_request", receive(encode([good, { name: "file" }])));
    });

    it("a field that is not text", async () => {
      const binary = Buffer.from([0xff, 0xfe]);
      await refuses("invalid_request", receive(encode([good, { name: "name", content: binary }])));
      await refuses("invalid_request", receive(encode([good, { name: "name", content: "a\0" }])));
    });

    it("fields over a mebibyte", () => {
      const content = "x".repeat(MEBIBYTE + 1);
      return refuses("too_large", receive(encode([good, { name: "description", content }])));
    });

    it("more than ten thousand files, and a hundred thousand parts", async () => {
      const memory = new MemoryStorage();
      const parts = Array.from({ length: 10_001 }, (_, index) => ({ filename: `f${index}` }));
      const work = receiveMultipart({
        headers: { "content-type": `multipart/form-data; boundary=${BOUNDARY}` },
        body: inChunks(encode(parts)),
        storage: memory,
        limits: LIMITS,
        allowedFields: FIELDS,
      });
      await refuses("too_large", work);
      const empty = Array.from({ length: 100_000 }, () => ({ name: "name", content: "" }));
      await refuses("invalid_request", receive(encode(empty)));
    });

    it.each([
      ["no disposition", "Content-Type: text/plain\r\n"],
      ["an empty name", 'Content-Disposition: form-data; name=""\r\n'],
      ["headers over 16 KiB", `X-Long: ${"x".repeat(20_000)}\r\n`],
      ["a header that is no header", "nonsense\r\n"],
      ["a header twice", 'Content-Disposition: form-data; name="file"; filename="a"\r\n'.repeat(2)],
      [
        "a transfer encoding",
        'Content-Disposition: form-data; name="file"; filename="a"\r\nContent-Transfer-Encoding: base64\r\n',
      ],
    ])("a part with %s", (_, headers) =>
      refuses("invalid_multipart", receive(encode([good, { headers }]))),
    );

    it("endless part headers", async () => {
      async function* endless() {
        yield Buffer.from(`--${BOUNDARY}\r\nX-Long: `);
        for (;;) yield Buffer.alloc(65_536, "x");
      }
      await refuses("invalid_multipart", receive(endless()));
    });

    it("a body that ends at any byte before its end", async () => {
      const body = encode([{ filename: "a.bin", content: "12345" }, { name: "name" }]);
      for (let length = 0; length < body.length - 2; length += 1) {
        const cut = inChunks(body.subarray(0, length));
        await refuses("invalid_multipart", receive(cut));
      }
    });

    it("a body shorter or longer than announced", async () => {
      const body = encode([good]);
      const headers = (length: number) => ({ headers: { "content-length": String(length) } });
      await refuses("length_mismatch", receive(inChunks(body), headers(body.length + 1)));
      await refuses("length_mismatch", receive(inChunks(body), headers(body.length - 1)));
    });

    it("a client that goes away", async () => {
      async function* breaking() {
        yield encode([good], { end: "" });
        throw new Error("aborted");
      }
      await refuses("length_mismatch", receive(breaking()));
    });

    it("a body of random bytes, and no body", async () => {
      await refuses("invalid_multipart", receive(randomBytes(MEBIBYTE)));
      await refuses("invalid_multipart", receive(Buffer.alloc(0)));
    });
  });
});
