import { afterEach, beforeEach, expect, test } from "vitest";
import { RegistryError } from "#lib/errors.ts";
import { EventBus } from "#lib/events/event-bus.ts";
import { createLogger } from "#lib/log.ts";
import { eventStreamResponse } from "./event-stream.ts";

/** Nobody listens there: the bus keeps trying, and streams are open all the same. */
const NOWHERE = "postgresql://nobody@127.0.0.1:1/none";
let bus: EventBus;
beforeEach(() => {
  bus = new EventBus(NOWHERE, createLogger("silent"));
});
afterEach(() => bus.close());

function open(headers: Record<string, string> = {}) {
  const abort = new AbortController();
  const request = new Request("http://host/api/v1/events", { headers, signal: abort.signal });
  const response = eventStreamResponse(request, bus, async () => true);
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const read = async () => new TextDecoder().decode((await reader.read()).value);
  return { response, reader, read, abort };
}

test("a stream tells proxies and browsers how to treat it, and begins at once", async () => {
  const { response, read } = open();
  expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
  expect(response.headers.get("cache-control")).toBe("private, no-store, no-transform");
  expect(response.headers.get("x-accel-buffering")).toBe("no");
  expect(await read()).toBe("retry: 2000\nevent: ping\ndata: {}\n\n");
});

test("a client that comes back is told that it may have missed something", async () => {
  const { read } = open({ "Last-Event-ID": "an-older-process-7" });
  await read();
  const [id, event, data] = (await read()).split("\n");
  expect(id).toBe(`id: ${bus.lastId}`);
  expect(event).toBe("event: change");
  expect(JSON.parse(data?.replace("data: ", "") ?? "")).toMatchObject({ action: "events.missed" });
});

test("a client that has seen the newest event is told nothing", async () => {
  const { read, abort } = open({ "Last-Event-ID": bus.lastId });
  await read();
  const next = read();
  abort.abort();
  expect(await next).toBe("");
});

test("a stream whose client is gone is forgotten", async () => {
  const aborted = open();
  const cancelled = open();
  expect(bus.subscriberCount).toBe(2);
  aborted.abort.abort();
  await cancelled.reader.cancel();
  expect(bus.subscriberCount).toBe(0);
});

test("streams end when the server stops", async () => {
  const { read, reader } = open();
  await read();
  await bus.close();
  expect((await reader.read()).done).toBe(true);
});

test("the thousand and first stream is refused, and has its place when another ends", async () => {
  const streams = Array.from({ length: 1_000 }, () => open());
  expect(() => open()).toThrow(RegistryError);
  streams[0]?.abort.abort();
  expect(() => open()).not.toThrow();
});
