import { describe, expect, it, vi } from "vitest";
import type { Ctx } from "#lib/context.ts";
import { createRoute } from "./route.ts";

const log = { info: () => {}, error: () => {} };
const route = createRoute(async () => ({ actor: { name: "x" }, log }) as unknown as Ctx);
const declaration = { path: "/x", operation: "x", summary: "", group: "", responses: {} };
const call = (handler: ReturnType<typeof route>, method: string, headers = {}) =>
  handler(new Request("http://localhost/x", { method, headers }), {
    params: Promise.resolve({}),
  });

describe("a route", () => {
  it("answers HEAD as GET but ends a stream that nobody will read", async () => {
    const cancel = vi.fn();
    const handle = async () =>
      new Response(new ReadableStream({ cancel }), { status: 206, headers: { "X-A": "b" } });
    const response = await call(route({ ...declaration, method: "GET", handle }), "HEAD");
    expect(response.status).toBe(206);
    expect(response.headers.get("x-a")).toBe("b");
    expect(response.body).toBeNull();
    expect(cancel).toHaveBeenCalledOnce();
  });

  it("refuses a change that carries an entity tag, since nothing that changes has one", async () => {
    const handle = vi.fn(async () => ({}));
    const patch = route({ ...declaration, method: "PATCH", handle });
    const refused = await call(patch, "PATCH", { "If-Match": '"v1"' });
    expect(refused.status).toBe(412);
    expect(await refused.json()).toMatchObject({ code: "precondition_failed" });
    expect(handle).not.toHaveBeenCalled();
    expect((await call(patch, "PATCH", { "If-Match": "*" })).status).toBe(200);
  });
});
