import { Agent, createServer, get, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { RequestGate } from "./request-gate.ts";

const WAIT_MAX_MS = 300;

let server: Server;
let agent: Agent;
let port: number;
/** Paths of the requests that are worked on, in the order in which they began, and how to answer them. */
let begun: string[];
let open: Map<string, ServerResponse>;
let closed: string[];
let leaves: Map<string, () => void>;

beforeEach(async () => {
  // Requests of the test before may begin and close late.
  const begunHere: string[] = [];
  const openHere = new Map<string, ServerResponse>();
  const closedHere: string[] = [];
  begun = begunHere;
  open = openHere;
  closed = closedHere;
  leaves = new Map();
  agent = new Agent();
  const gate = new RequestGate(2, WAIT_MAX_MS);
  server = createServer((request, response) => {
    response.on("close", () => closedHere.push(request.url ?? ""));
    gate.enter(request, response, {
      begin: (leave) => {
        leaves.set(request.url ?? "", leave);
        begunHere.push(request.url ?? "");
        openHere.set(request.url ?? "", response);
      },
      refuse: () => response.writeHead(503).end(),
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
});

afterEach(async () => {
  agent.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** Sends a request; resolves to its status, or to null when it was cut. */
function send(path: string, method = "GET"): { status: Promise<number | null>; leave: () => void } {
  const request = get({ port, path, agent, method });
  const status = new Promise<number | null>((resolve) => {
    request.on("response", (response) => {
      response.resume();
      resolve(response.statusCode ?? null);
    });
    request.on("error", () => resolve(null));
  });
  return { status, leave: () => request.destroy() };
}

async function sendInOrder(paths: string[]): Promise<ReturnType<typeof send>[]> {
  const sent: ReturnType<typeof send>[] = [];
  for (const path of paths) {
    const arrived = new Promise((resolve) => server.once("request", resolve));
    sent.push(send(path));
    await arrived;
  }
  return sent;
}

it("lets so many in, and the others in their order", async () => {
  await sendInOrder(["/1", "/2", "/3", "/4"]);
  expect(begun).toEqual(["/1", "/2"]);
  open.get("/2")?.end();
  await expect.poll(() => begun).toEqual(["/1", "/2", "/3"]);
  open.get("/1")?.end();
  await expect.poll(() => begun).toEqual(["/1", "/2", "/3", "/4"]);
});

it("does not count an answer whose head is sent, however long it lasts", async () => {
  await sendInOrder(["/1", "/2", "/3"]);
  open.get("/1")?.write("the first of many events");
  leaves.get("/1")?.();
  await expect.poll(() => begun).toEqual(["/1", "/2", "/3"]);
  open.get("/1")?.end();
  await sendInOrder(["/4"]);
  expect(begun).not.toContain("/4");
});

it("forgets a client that left while it waited, and frees the place of one that left later", async () => {
  const [first, , third] = await sendInOrder(["/1", "/2", "/3", "/4"]);
  third?.leave();
  await expect.poll(() => closed).toEqual(["/3"]);
  first?.leave();
  await expect.poll(() => begun).toEqual(["/1", "/2", "/4"]);
});

it("refuses what waited for too long", async () => {
  const [, , third] = await sendInOrder(["/1", "/2", "/3"]);
  expect(await third?.status).toBe(503);
  open.get("/1")?.end();
  await sendInOrder(["/4"]);
  expect(begun).toEqual(["/1", "/2", "/4"]);
});

it("lets supervision and bodies through", async () => {
  await sendInOrder(["/1", "/2", "/healthz", "/readyz?x=1", "/metrics"]);
  expect(begun).toEqual(["/1", "/2", "/healthz", "/readyz?x=1", "/metrics"]);
  const arrived = new Promise((resolve) => server.once("request", resolve));
  const { leave } = send("/upload", "POST");
  await arrived;
  expect(begun).toContain("/upload");
  leave();
});
