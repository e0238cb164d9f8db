import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { safetensors, tinyModel } from "../support/model-files.ts";
import { RegistryClient, sha256 } from "../support/registry-client.ts";
import { type RunningServer, startServer } from "../support/server.ts";

/** Over the 10 MB at which a proxy in front of a route would cut a body. */
const bytes = safetensors({
  weight: {
    dtype: "U8",
    shape: [12 * 1024 * 1024],
    bytes: new Uint8Array(randomBytes(12 * 1024 * 1024)),
  },
});
const readme = new TextEncoder().encode("# Two files\n");
const url = "/api/v1/models/big/versions/1.0.0/files/weights/model.safetensors";

let server: RunningServer;
let api: RegistryClient;
let folder: string;
beforeAll(async () => {
  server = await startServer();
  api = new RegistryClient(server.baseUrl);
  folder = mkdtempSync(join(tmpdir(), "downloads-"));
  await api.register({ name: "big" }, [
    { path: "weights/model.safetensors", bytes },
    { path: "README.md", bytes: readme },
  ]);
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await server.stop();
});

const curl = (...parameters: string[]) =>
  execFileSync("curl", ["--silent", "--show-error", "--fail", ...parameters], { cwd: folder });

describe("a body over 10 MB", () => {
  it.each([
    "/models",
    "/api/v1/models",
    "/models/upload/versions",
    "/api/v1/models/upload/versions",
  ])("arrives whole through %s", async (path) => {
    await api.register({ name: "upload" }, [{ path: "m.safetensors", bytes: tinyModel() }]);
    const answer = await api.register({ name: "upload" }, [{ path: "m.safetensors", bytes }], {
      path,
    });
    expect(answer.status).toBe(201);
    expect(answer.body.sha256).toBe(sha256(bytes));
  });
});

describe("a download", () => {
  it("gives the same bytes with digest, validator and as an inert attachment", async () => {
    const answer = await api.download(url);
    expect(sha256(answer.bytes)).toBe(sha256(bytes));
    const header = (name: string) => answer.headers.get(name);
    expect(header("etag")).toBe(`"sha256:${sha256(bytes)}"`);
    expect(header("repr-digest")).toBe(
      `sha-256=:${Buffer.from(sha256(bytes), "hex").toString("base64")}:`,
    );
    expect(header("content-disposition")).toContain('attachment; filename="model.safetensors"');
    expect(header("x-content-type-options")).toBe("nosniff");
    expect(header("content-security-policy")).toContain("sandbox");
    expect(header("accept-ranges")).toBe("bytes");
  });

  it("honours Range, If-Range and If-None-Match", async () => {
    const etag = `"sha256:${sha256(bytes)}"`;
    const part = await api.download(url, { Range: "bytes=100-199" });
    expect(part.status).toBe(206);
    expect(part.headers.get("content-range")).toBe(`bytes 100-199/${bytes.length}`);
    expect(Buffer.from(part.bytes).equals(Buffer.from(bytes.subarray(100, 200)))).toBe(true);
    expect((await api.download(url, { Range: "bytes=-5" })).bytes).toEqual(bytes.slice(-5));
    expect((await api.download(url, { Range: "bytes=0-9", "If-Range": '"other"' })).status).toBe(
      200,
    );
    expect((await api.download(url, { Range: "bytes=0-9", "If-Range": etag })).status).toBe(206);
    expect((await api.download(url, { "If-None-Match": etag })).status).toBe(304);
    const outside = await api.get(url, { Range: `bytes=${bytes.length}-` });
    expect(outside.status).toBe(416);
    expect(outside.headers.get("content-range")).toBe(`bytes */${bytes.length}`);
    expect(outside.body.request_id).toBe(outside.headers.get("x-request-id"));
  });

  it.each([
    ["bytes=0-99999999999999999999", 206],
    ["bytes=-99999999999999999999", 206],
    ["bytes=99999999999999999999-", 416],
    ["bytes=5-2", 200],
    ["bytes=abc", 200],
    ["items=0-1", 200],
    ["bytes=0-1,4-5", 200],
  ])("with Range: %s is answered by %i", async (range, status) => {
    const answer = await api.download(url, { Range: range });
    expect(answer.status).toBe(status);
    const contentRange = {
      206: `bytes 0-${bytes.length - 1}/${bytes.length}`,
      416: `bytes */${bytes.length}`,
    };
    expect(answer.headers.get("content-range")).toBe(
      status === 200 ? null : contentRange[status as 206 | 416],
    );
    if (status !== 416) expect(sha256(answer.bytes)).toBe(sha256(bytes));
  });

  it.each([url, "/api/v1/models/big/versions/1.0.0/download"])(
    "goes by the conditions of RFC 9110 in their order: %s",
    async (path) => {
      const { headers } = await fetch(server.baseUrl + path, { method: "HEAD" });
      const [etag, date] = [headers.get("etag") ?? "", headers.get("last-modified") ?? ""];
      const obsolete = new Date(date)
        .toUTCString()
        .replace(
          /^(...), (..) (...) (....) (.*) GMT$/,
          (_all, day, date, month, year, time) => `${day} ${month} ${date} ${time} ${year}`,
        )
        .replace(/^(\w+ \w+) 0/, "$1  ");
      const longAgo = "Sunday, 06-Nov-94 08:49:37 GMT";
      const status = async (conditions: Record<string, string>) =>
        (await api.download(path, { Range: "bytes=0-9", ...conditions })).status;
      expect(await status({ "If-Match": `"x", ${etag}` })).toBe(206);
      expect(await status({ "If-Match": `W/${etag}` })).toBe(412);
      expect(await status({ "If-Unmodified-Since": longAgo })).toBe(412);
      expect(await status({ "If-Unmodified-Since": longAgo, "If-Match": "*" })).toBe(206);
      expect(await status({ "If-Unmodified-Since": obsolete })).toBe(206);
      expect(await status({ "If-Modified-Since": obsolete })).toBe(304);
      expect(await status({ "If-Modified-Since": obsolete, "If-None-Match": '"x"' })).toBe(206);
      expect(await status({ "If-None-Match": `W/${etag}` })).toBe(304);
      expect(await status({ "If-Range": obsolete })).toBe(206);
      expect(await status({ "If-Range": `W/${etag}` })).toBe(200);
    },
  );

  it("answers HEAD without a body and does not count it", async () => {
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const before = (await api.get("/api/v1/models/big")).body.downloads;
    const head = await fetch(server.baseUrl + url, { method: "HEAD" });
    expect(head.status).toBe(200);
    expect(head.headers.get("content-length")).toBe(String(bytes.length));
    await api.download(url);
    await expect
      .poll(async () => (await api.get("/api/v1/models/big")).body.downloads, { timeout: 5000 })
      .toBe(before + 1);
  });

  it("resumes with curl -C - after a cut connection", () => {
    curl("-o", "part.bin", server.baseUrl + url);
    truncateSync(join(folder, "part.bin"), 5_000_000);
    curl("-C", "-", "-o", "part.bin", server.baseUrl + url);
    expect(sha256(readFileSync(join(folder, "part.bin")))).toBe(sha256(bytes));
  });

  it("gives several files as a tar with their paths", () => {
    curl("-OJ", `${server.baseUrl}/models/big/versions/latest/download`);
    execFileSync("tar", ["-xf", "big-1.0.0.tar"], { cwd: folder });
    expect(sha256(readFileSync(join(folder, "weights/model.safetensors")))).toBe(sha256(bytes));
    expect(readFileSync(join(folder, "README.md"), "utf8")).toBe("# Two files\n");
  });

  it("never ends as a clean 200 when the stored blob is cut short", async () => {
    const lost = tinyModel(99, 100_000);
    await api.register({ name: "lost" }, [{ path: "m.safetensors", bytes: lost }]);
    const hex = sha256(lost);
    const blob = join(server.dataFolder, "blobs/sha256", hex.slice(0, 2), hex.slice(2, 4), hex);
    writeFileSync(blob, lost.subarray(0, 1000));
    const answer = await api.get("/api/v1/models/lost/versions/1.0.0/files/m.safetensors");
    expect(answer.status).toBe(500);
    expect(answer.body.code).toBe("storage_corrupt");
  });
});
