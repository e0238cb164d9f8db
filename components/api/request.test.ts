// biome-ignore-start lint/style/noRestrictedImports: a real server to speak to, in this test only
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
// biome-ignore-end lint/style/noRestrictedImports: as above
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { ApiError, parseProblem, request } from "./request.ts";

describe("parseProblem", () => {
  it("keeps code, detail, field errors and request id of problem+json", () => {
    const error = parseProblem(
      422,
      JSON.stringify({
        code: "framework_mismatch",
        title: "T",
        detail: "D",
        errors: [{ pointer: "/framework", detail: "torch inside" }, { nonsense: 1 }],
        request_id: "r1",
      }),
      null,
    );
    expect(error).toMatchObject({ status: 422, code: "framework_mismatch", detail: "D" });
    expect(error.fieldErrors).toEqual({ framework: "torch inside" });
    expect(error.requestId).toBe("r1");
  });
  it("survives an answer that is no JSON", () => {
    expect(parseProblem(502, "<html>", "r2")).toMatchObject({
      code: "http_502",
      detail: "",
      requestId: "r2",
    });
  });
});

describe("request", () => {
  const server = createServer((req, res) => {
    if (req.url === "/api/v1/gone") res.writeHead(404).end('{"code":"model_not_found"}');
    else if (req.method === "DELETE") res.writeHead(204).end();
    else res.writeHead(200).end(JSON.stringify({ type: req.headers["content-type"] ?? null }));
  });
  beforeAll(async () => {
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const { port } = server.address() as AddressInfo;
    const realFetch = fetch;
    // In a browser the path is relative to the page; here it needs an origin.
    vi.stubGlobal("fetch", (path: string, init: RequestInit) =>
      realFetch(`http://127.0.0.1:${port}${path}`, init),
    );
  });
  afterAll(() => {
    vi.unstubAllGlobals();
    server.close();
  });
  it("answers JSON, sends JSON, and answers nothing for 204", async () => {
    expect(await request("/x")).toEqual({ type: null });
    expect(await request("/x", { method: "POST", body: {} })).toEqual({ type: "application/json" });
    expect(await request("/x", { method: "DELETE" })).toBeUndefined();
  });
  it("throws an ApiError with the server's code", async () => {
    await expect(request("/gone")).rejects.toMatchObject({ status: 404, code: "model_not_found" });
  });
  it("tells an unreachable server apart", async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
    await expect(request("/x")).rejects.toBeInstanceOf(ApiError);
    await expect(request("/x")).rejects.toMatchObject({ code: "network", status: 0 });
  });
});
