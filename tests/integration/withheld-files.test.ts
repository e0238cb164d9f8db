/** A file's own verdict gates it, on every way to its bytes; a version that is not clean is put into use with a reason. */
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tinyModel } from "../support/model-files.ts";
import { RegistryClient, sha256 } from "../support/registry-client.ts";
import { type RunningServer, startServer } from "../support/server.ts";

let server: RunningServer;
let api: RegistryClient;
const url = (name: string) => `/api/v1/models/${name}`;

const weights = tinyModel(7);
/** Nothing that is known, and so nobody's proof that it carries no code. */
const unknown = new Uint8Array(randomBytes(5000).map((byte) => byte | 0x80));
/** `os.system('true')` when it is loaded. */
const payload = new TextEncoder().encode("cos\nsystem\n(S'true'\ntR.");

const MIXED = [
  { path: "model.safetensors", bytes: weights },
  { path: "data/état.dat", bytes: unknown },
  { path: ".DS_Store", bytes: payload },
];

beforeAll(async () => {
  server = await startServer();
  api = new RegistryClient(server.baseUrl);
  expect((await api.register({ name: "mixed" }, MIXED)).status).toBe(201);
});
afterAll(() => server?.stop());

const file = (path: string, query = "") =>
  `${url("mixed")}/versions/1.0.0/files/${encodeURI(path)}${query}`;

describe("a file is served by its own verdict", () => {
  it.each([
    ["model.safetensors", 200, 200],
    ["data/état.dat", 403, 200],
    [".DS_Store", 403, 403],
  ])("%s: %i, and %i with the risk accepted", async (path, plain, accepted) => {
    for (const method of ["GET", "HEAD"]) {
      expect((await api.send(method, file(path))).status).toBe(plain);
      expect((await api.send(method, file(path, "?accept_risk=true"))).status).toBe(accepted);
    }
    const part = await api.download(file(path), { Range: "bytes=0-9" });
    expect(part.status).toBe(plain === 200 ? 206 : 403);
  });

  it("the version says which files are withheld, and why in its findings", async () => {
    const { body } = await api.get(`${url("mixed")}/versions/1.0.0`);
    expect(body.withheld).toEqual([
      { path: ".DS_Store", verdict: "malicious" },
      { path: "data/état.dat", verdict: "suspicious" },
    ]);
    expect(body.file_count).toBe(3);
    expect(body.scan.verdict).toBe("malicious");
    expect(body.scan.findings.map((found: { file: string }) => found.file)).toContain(".DS_Store");
  });

  it("a blob that only withheld files have is not stored for whoever names its digest", async () => {
    const ask = (bytes: Uint8Array) =>
      api.send("POST", "/api/v1/uploads", {
        size_bytes: bytes.length,
        digest: `sha256:${sha256(bytes)}`,
      });
    expect((await ask(weights)).body.stored).toBe(true);
    expect((await ask(payload)).status).toBe(201);
  });
});

describe("the tar of a version", () => {
  const tar = (query = "") => api.download(`${url("mixed")}/versions/1.0.0/download${query}`);

  it("leaves withheld files out and names them in its headers", async () => {
    const { status, headers, bytes } = await tar();
    expect(status).toBe(200);
    expect(headers.get("x-withheld-count")).toBe("2");
    expect(headers.get("x-withheld-files")).toBe(".DS_Store, data/%C3%A9tat.dat");
    const text = Buffer.from(bytes).toString("latin1");
    expect(text).toContain("model.safetensors");
    expect(text).not.toContain("system");
  });

  it("has the suspicious files too when their risk is accepted, under another ETag", async () => {
    const [plain, risky] = [await tar(), await tar("?accept_risk=true")];
    expect(risky.headers.get("x-withheld-files")).toBe(".DS_Store");
    expect(risky.bytes.length).toBeGreaterThan(plain.bytes.length);
    expect(risky.headers.get("etag")).not.toBe(plain.headers.get("etag"));
  });

  it("is refused when nothing would be in it", async () => {
    await api.register({ name: "evil" }, [
      { path: "a.pkl", bytes: payload },
      { path: "b.pkl", bytes: payload },
    ]);
    const { status, body } = await api.get(
      `${url("evil")}/versions/latest/download?accept_risk=true`,
    );
    expect({ status, code: body.code }).toEqual({ status: 403, code: "version_quarantined" });
  });
});

describe("a version that is not clean", () => {
  const stage = (name: string, body: object) =>
    api.send("POST", `${url(name)}/versions/1.0.0/stage`, body);
  const alias = (name: string, body: object) =>
    api.send("PUT", `${url(name)}/aliases/champion`, { version: "1.0.0", ...body });
  const VERDICTS = [
    ["suspicious", unknown],
    ["malicious", payload],
    ["unscannable", new Uint8Array(Buffer.concat([Buffer.from([0x80, 4]), Buffer.from("cos\n")]))],
  ] as const;

  it.each(VERDICTS)(
    "%s: is put into use with a consent and a reason only",
    async (verdict, bytes) => {
      const name = `staged-${verdict}`;
      const made = await api.register({ name, version: "1.0.0" }, [
        { path: "m.bin", bytes: new Uint8Array(bytes) },
      ]);
      expect(made.body.scan.verdict).toBe(verdict);
      const refusals = [
        await stage(name, { stage: "production" }),
        await stage(name, { stage: "staging", accept_risk: true }),
        await stage(name, { stage: "production", accept_risk: true, comment: "  " }),
        await stage(name, { stage: "production", comment: "because" }),
        await alias(name, {}),
        await alias(name, { accept_risk: true }),
      ];
      for (const { status, body } of refusals)
        expect({ status, code: body.code }).toEqual({ status: 409, code: "version_not_clean" });
      expect((await stage(name, { stage: "archived" })).status).toBe(200);
      const reason = { accept_risk: true, comment: "Reviewed by hand." };
      expect((await stage(name, { stage: "production", ...reason })).status).toBe(200);
      expect((await alias(name, reason)).status).toBe(200);
      const audit = await api.get(`/api/v1/audit?model=${name}`);
      for (const action of ["version.staged", "alias.moved"]) {
        const entry = audit.body.items.find((item: { action: string }) => item.action === action);
        expect(entry.detail).toMatchObject({
          comment: "Reviewed by hand.",
          accepted_verdict: verdict,
        });
      }
    },
  );

  it("is not what a clean version is: that one needs no reason", async () => {
    await api.register({ name: "plain", version: "1.0.0" }, [
      { path: "m.safetensors", bytes: weights },
    ]);
    expect((await stage("plain", { stage: "production" })).status).toBe(200);
    expect((await alias("plain", {})).status).toBe(200);
  });
});
