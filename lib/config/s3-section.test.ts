import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { ConfigError } from "./config-error.ts";
import { loadConfig } from "./load-config.ts";

const folder = mkdtempSync(join(tmpdir(), "config-s3-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function load(s3: Record<string, unknown>, env: Record<string, string> = {}) {
  const file = join(folder, "config.yaml");
  writeFileSync(file, JSON.stringify({ storage: { driver: "s3", s3 } }));
  return loadConfig({ MODEL_REGISTRY_CONFIG: file, ...env }, folder).storage;
}

function problemsOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.join("\n");
    throw error;
  }
  throw new Error("the configuration was accepted");
}

describe("storage.s3", () => {
  it("needs no more than a bucket", () => {
    expect(load({ bucket: "models" })).toMatchObject({
      driver: "s3",
      s3: {
        endpoint: null,
        region: "us-east-1",
        bucket: "models",
        prefix: "",
        accessKeyId: null,
        secretAccessKey: null,
        forcePathStyle: true,
        redirectDownloads: false,
      },
    });
  });

  it("takes a store by its endpoint, and a prefix with or without its slash", () => {
    const endpoint = "https://s3.example.org:9000/";
    expect(load({ bucket: "models", endpoint, prefix: "a/b" }).s3).toMatchObject({
      endpoint: "https://s3.example.org:9000",
      prefix: "a/b/",
    });
    expect(load({ bucket: "models", prefix: "a/b/" }).s3.prefix).toBe("a/b/");
  });

  it("takes every key from the environment, the secret from a file", () => {
    const secret = join(folder, "secret");
    writeFileSync(secret, "from-a-file\n");
    const { s3 } = load(
      {},
      {
        MODEL_REGISTRY_STORAGE__S3__BUCKET: "models",
        MODEL_REGISTRY_STORAGE__S3__ACCESS_KEY_ID: "id",
        MODEL_REGISTRY_STORAGE__S3__SECRET_ACCESS_KEY_FILE: secret,
        MODEL_REGISTRY_STORAGE__S3__REDIRECT_DOWNLOADS: "true",
        MODEL_REGISTRY_STORAGE__S3__FORCE_PATH_STYLE: "false",
      },
    );
    expect(s3).toMatchObject({
      bucket: "models",
      accessKeyId: "id",
      secretAccessKey: "from-a-file",
      redirectDownloads: true,
      forcePathStyle: false,
    });
  });

  it("lists all problems at once, those between keys too, and never repeats a key's value", () => {
    const text = problemsOf(() =>
      load({
        endpoint: "https://user:hunter2@s3.example.org",
        region: "US East",
        prefix: "../other",
        secret_access_key: "hunter2",
        force_path_style: "perhaps",
        bukket: "models",
      }),
    );
    expect(text).not.toContain("hunter2");
    expect(text.split("\n").sort()).toEqual([
      expect.stringMatching(
        /^storage\.s3\.access_key_id must be set when .*secret_access_key is\.$/,
      ),
      expect.stringMatching(/^storage\.s3\.bucket must be set when storage\.driver is s3\.$/),
      expect.stringMatching(/^storage\.s3\.bukket is not a setting; check its spelling\.$/),
      expect.stringMatching(/^storage\.s3\.endpoint must be the URL of the object store/),
      expect.stringMatching(/^storage\.s3\.force_path_style must be true or false/),
      expect.stringMatching(/^storage\.s3\.prefix must be empty or folders/),
      expect.stringMatching(/^storage\.s3\.region must be a region/),
    ]);
  });

  it.each([
    ["endpoint", "s3.example.org"],
    ["endpoint", "ftp://s3.example.org"],
    ["endpoint", "https://s3.example.org/bucket"],
    ["endpoint", "https://s3.example.org?x=1"],
    ["bucket", "Models"],
    ["bucket", "a"],
    ["bucket", "models/other"],
    ["prefix", "/absolute"],
    ["prefix", "a//b"],
    ["prefix", "a b"],
    ["secret_access_key", "two words"],
  ])("refuses %s %s", (key, value) => {
    const text = problemsOf(() => load({ bucket: "models", [key]: value }));
    expect(text).toContain(`storage.s3.${key} must be `);
  });

  it("asks for nothing while the driver is another one", () => {
    const file = join(folder, "config.yaml");
    writeFileSync(file, "storage:\n  s3:\n    region: eu-west-1\n");
    expect(loadConfig({ MODEL_REGISTRY_CONFIG: file }, folder).storage.s3.bucket).toBe("");
  });
});
