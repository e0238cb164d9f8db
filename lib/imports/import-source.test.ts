import { describe, expect, it } from "vitest";
import { readImportSource } from "./import-source.ts";

const RUN = "a".repeat(32);
const ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts";
const servers = ["http://tracking:5000", "https://other"];
const read = (source: string, mlflowServers = servers) =>
  readImportSource({ integrations: { mlflowServers, importBuckets: ["team-models"] } }, source);
const named = (uri: string, ...of: string[]) => ({
  ...{ kind: "tracking", servers: of, isNamed: true, place: { uri } },
});

describe("a source that is imported", () => {
  it("is a file by HTTP, whose name is the last part of its path", () => {
    const url = "https://example.org/a/model%20b.bin?x=1";
    expect(read(url)).toEqual({ kind: "http", url, name: "model b.bin" });
    // Whatever it says behind that, it is of no tracking server.
    expect(read(`https://evil.org/x?http://tracking:5000${ARTIFACTS}/1/`)?.kind).toBe("http");
  });

  it("is of a configured MLflow server, by its origin, its host, or neither", () => {
    const byUrl = `http://tracking:5000${ARTIFACTS}/1/x`;
    expect(read(byUrl)).toEqual(named(byUrl, "http://tracking:5000"));
    const byHost = "mlflow-artifacts://other/1/x";
    expect(read(byHost)).toEqual(named(byHost, "https://other"));
    const any = { kind: "tracking", servers, isNamed: false };
    expect(read("mlflow-artifacts:/1/x")).toEqual({
      ...any,
      place: { uri: "mlflow-artifacts:/1/x" },
    });
    expect(read(`runs:/${RUN}/a/b/`)).toEqual({ ...any, place: { runId: RUN, path: "a/b" } });
  });

  it("is a prefix of a bucket that is named", () => {
    const of = { kind: "s3", bucket: "team-models" };
    expect(read("s3://team-models/a/b/")).toEqual({ ...of, path: "a/b" });
    expect(read("s3://team-models")).toEqual({ ...of, path: "" });
  });
});

describe("a source that stays where it is", () => {
  it.each([
    "s3://team-models-2/a",
    "s3://TEAM-MODELS/a",
    "s3://team-models?x/a",
    "s3://user@team-models/a",
    "s3a://team-models/a",
    "dbfs:/a",
    "models:/m-1",
    "ftp://example.org/a.bin",
    "https://example.org/",
    "https://example.org",
    "https://example.org/folder/",
    "https://example.org/%zz",
    "https://example.org/a%2fb%00",
    "https://user:secret@example.org/a.bin",
    `http://tracking:5000.evil.org${ARTIFACTS}/1/x`,
    `http://tracking:5000@evil.org${ARTIFACTS}/1/x`,
    `https://tracking:5000${ARTIFACTS}/1/x`,
    `http://tracking:5000${ARTIFACTS}/%zz`,
    "mlflow-artifacts://evil/1/x",
  ])("%s", (source) => {
    expect(read(source)).toBeNull();
  });

  it("is one that names no server, where none is configured", () => {
    expect(read("mlflow-artifacts:/1/x", [])).toBeNull();
    expect(read(`runs:/${RUN}/x`, [])).toBeNull();
  });
});
