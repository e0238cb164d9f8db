import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { BlobReader } from "#lib/storage/contract.ts";
import { blobKey } from "#lib/storage/layout.ts";
import { MemoryStorage } from "#lib/storage/memory.ts";
import { type ResponseServer, serveResponses } from "./file-response-test-server.ts";
import { tarHeader } from "./tar-layout.ts";
import { TarReader, tarResponse } from "./tar-response.ts";

const run = promisify(execFile);
const MODIFIED = new Date("2026-11-06T08:49:37Z");

const CONTENTS: [string, Buffer][] = [
  ["model.onnx", randomBytes(2_500_001)],
  ["one-block", randomBytes(512)],
  ["variables/variables.data-00000-of-00001", randomBytes(1)],
  [`${"deep/".repeat(30)}file-with-a-name.bin`, randomBytes(1000)],
  [`${"n".repeat(200)}/${"m".repeat(200)}.bin`, randomBytes(3000)],
  ["modèle/模型.safetensors", randomBytes(70_000)],
];

describe("a tar of a version", () => {
  let folder: string;
  let server: ResponseServer;
  let storage: MemoryStorage;
  let openReaders = 0;

  async function open(bytes: Buffer): Promise<BlobReader> {
    const key = blobKey(createHash("sha256").update(bytes).digest("hex"));
    const reader = await storage.openReader(key, { expectedSizeBytes: bytes.length });
    openReaders += 1;
    return {
      sizeBytes: reader.sizeBytes,
      read: (into, offset) => reader.read(into, offset),
      close: async () => {
        openReaders -= 1;
        await reader.close();
      },
    };
  }
  const files = () =>
    CONTENTS.map(([path, bytes]) => ({ path, sizeBytes: bytes.length, open: () => open(bytes) }));

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "registry-tar-"));
    storage = new MemoryStorage();
    for (const [, bytes] of CONTENTS) {
      const writer = await storage.createWriter();
      await writer.write(bytes);
      const { sha256 } = await writer.finish();
      await writer.commit(blobKey(sha256));
    }
    server = await serveResponses((request) =>
      tarResponse(request, {
        files: files(),
        fileName: "model-1.0.0.tar",
        digest: "d".repeat(64),
        modifiedAt: MODIFIED,
      }),
    );
  });
  afterEach(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });

  it("is unpacked by tar to the same files, and its length was known", async () => {
    const response = await fetch(server.url);
    const body = Buffer.from(await response.arrayBuffer());
    expect(response.headers.get("content-length")).toBe(String(body.length));
    expect(response.headers.get("content-type")).toBe("application/x-tar");
    await writeFile(join(folder, "a.tar"), body);
    await run("tar", ["-xf", "a.tar"], { cwd: folder });
    for (const [path, bytes] of CONTENTS)
      expect((await readFile(join(folder, path))).equals(bytes)).toBe(true);
    expect(openReaders).toBe(0);
  });

  it("is read by Python's tarfile without a complaint", async () => {
    const body = Buffer.from(await (await fetch(server.url)).arrayBuffer());
    await writeFile(join(folder, "a.tar"), body);
    const script =
      "import tarfile,json,sys; t=tarfile.open(sys.argv[1]); " +
      "print(json.dumps([[m.name,m.size,m.mtime] for m in t.getmembers()]))";
    const { stdout } = await run("python3", ["-c", script, join(folder, "a.tar")]);
    const seconds = MODIFIED.getTime() / 1000;
    expect(JSON.parse(stdout)).toEqual(
      CONTENTS.map(([path, bytes]) => [path, bytes.length, seconds]),
    );
  });

  it("continues from any byte with the same bytes", async () => {
    const whole = Buffer.from(await (await fetch(server.url)).arrayBuffer());
    for (const start of [1, 511, 512, 513, 2_500_500, 2_501_120, whole.length - 1025]) {
      const response = await fetch(server.url, { headers: { range: `bytes=${start}-` } });
      expect(response.status).toBe(206);
      const rest = Buffer.from(await response.arrayBuffer());
      expect(rest.equals(whole.subarray(start))).toBe(true);
    }
  });

  it("says storage_corrupt before it answers when the first blob is missing", async () => {
    const missing = { path: "x", sizeBytes: 1, open: () => open(randomBytes(1)) };
    const archive = { files: [missing], fileName: "x.tar", digest: "d", modifiedAt: MODIFIED };
    await expect(tarResponse(new Request("http://test/"), archive)).rejects.toMatchObject({
      code: "blob_not_found",
    });
  });

  it("writes lengths over 8 GiB into a pax record", () => {
    const header = tarHeader({ path: "big", sizeBytes: 20 * 2 ** 30, modifiedAt: MODIFIED });
    expect(header.length).toBe(3 * 512);
    expect(header.toString("latin1", 512, 540)).toContain("20 size=21474836480\n");
  });

  it("knows the length of ten thousand members at once", () => {
    const many = Array.from({ length: 10_000 }, (_, index) => ({
      path: `shard-${index}`,
      sizeBytes: 1000,
      open: () => open(randomBytes(1)),
    }));
    expect(new TarReader(many, MODIFIED).sizeBytes).toBe(10_000 * (512 + 1024) + 1024);
  });
});
