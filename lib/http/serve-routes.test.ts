import { createServer, get, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { problemAnswer } from "./problem.ts";
import { type Endpoint, RouteTable } from "./route-table.ts";
import { RouteServer } from "./serve-routes.ts";

const plain: RouteTable["dialect"] = ({ status, code }) => ({
  status,
  headers: { "Content-Type": "text/plain" },
  body: code,
});
const text = (body: string): Endpoint["answer"] => {
  return async () => ({ status: 200, headers: {}, body });
};
const routes = new RouteServer([
  new RouteTable([{ method: "GET", path: "/healthz", answer: text("alive") }]),
  new RouteTable([{ method: "GET", path: "/{name}", answer: text("short") }], { prefix: "/a" }),
  new RouteTable(
    [
      {
        method: "GET",
        path: "/{name}/files/{path}",
        answer: async (_, params) => ({ status: 200, headers: {}, body: JSON.stringify(params) }),
      },
      {
        method: "GET",
        path: "/broken",
        answer: async () =>
          new Response(
            new ReadableStream({
              pull(controller) {
                controller.enqueue(new TextEncoder().encode("begun"));
                throw new Error("the bytes are gone");
              },
            }),
          ),
      },
    ],
    { prefix: "/a/b", dialect: plain },
  ),
]);

let server: Server | undefined;
afterEach(() => server?.close());

/** Serves one request; gives its answer, or the error that cut it, and what `serve` threw. */
async function ask(path: string) {
  let thrown: unknown = null;
  const listening = createServer((request, response) => {
    routes
      .serve(request, response, path, () => {})
      .catch((error) => {
        thrown = error;
      });
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  const { port } = listening.address() as AddressInfo;
  return new Promise<{ status: number; body: string; cut: boolean; thrown: () => unknown }>(
    (resolve, reject) => {
      get({ port, path, agent: false }, (response) => {
        let body = "";
        const end = (cut: boolean) => () =>
          resolve({ status: response.statusCode ?? 0, body, cut, thrown: () => thrown });
        response.on("data", (chunk) => {
          body += chunk;
        });
        response.on("end", end(false)).on("error", end(true));
      }).on("error", reject);
    },
  );
}

it("gives a path to the table with the longest prefix, and its segments to the route", async () => {
  expect((await ask("/healthz")).body).toBe("alive");
  expect((await ask("/a/x")).body).toBe("short");
  const { body } = await ask("/a/b/c%2Fd/files/e/f%20g");
  expect(JSON.parse(body)).toEqual({ name: "c/d", path: ["e", "f g"] });
});

it("tells errors in the dialect of the path's table", async () => {
  expect(await ask("/a/b/nothing/here")).toMatchObject({ status: 404, body: "not_found" });
  expect(routes.dialectAt("/a/b/nothing")).toBe(plain);
  expect(routes.dialectAt("/a/x")).toBe(problemAnswer);
  expect(routes.dialectAt("/elsewhere")).toBe(problemAnswer);
});

it("cuts an answer whose stream fails, and says why to whoever serves it", async () => {
  const { cut, thrown } = await ask("/a/b/broken");
  expect(cut).toBe(true);
  await expect.poll(thrown).toMatchObject({ message: "the bytes are gone" });
});
