import { describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { type Actor, anonymous } from "#lib/access/actor.ts";
import type { Ctx } from "#lib/context.ts";
import { createRoute } from "./route.ts";

const log = { info: () => {}, error: () => {} };
let actor: Actor = anonymous(false);
const route = createRoute(async () => ({ actor, log }) as unknown as Ctx);
const declaration = {
  permission: "model.write",
  path: "/x",
  operation: "x",
  summary: "",
  group: "",
  responses: {},
} as const;
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

  it.each([
    ["nobody", anonymous(true), 401, "unauthenticated"],
    ["a reader", { ...anonymous(false), role: "reader" } as Actor, 403, "forbidden"],
    ["a narrow token", { ...anonymous(false), scopes: ["models:read"] } as Actor, 403, "forbidden"],
  ])(
    "refuses %s before it looks at the parameters or reads the body",
    async (_, who, status, code) => {
      actor = who;
      const handle = vi.fn(async () => ({}));
      const body = new ReadableStream({ pull: vi.fn(() => Promise.reject(new Error("read"))) });
      const post = route({ ...declaration, method: "POST", body: z.object({}), handle });
      const request = new Request("http://localhost/x?unknown=1", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body,
        duplex: "half",
      } as RequestInit);
      const response = await post(request, { params: Promise.resolve({}) });
      actor = anonymous(false);
      expect(response.status).toBe(status);
      expect(await response.json()).toMatchObject({ code });
      expect(handle).not.toHaveBeenCalled();
      expect(request.bodyUsed).toBe(false);
    },
  );
});
