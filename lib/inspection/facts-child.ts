/**
 * The process that reads facts, started by facts-process.ts. Node runs this file as it is: it is no part of
 * the bundle, and imports nothing but the two rooms that parse. It can open no file and start no process.
 */
import { errorFromMessage, errorToMessage, type FromChild, type ToChild } from "./messages.ts";
import { readFacts } from "./read-facts.ts";
import { remoteSource } from "./remote-source.ts";
import { toVersionFacts } from "./version-facts.ts";

/** The server handles other requests between two pieces. */
const ROWS_CHARS = 256 * 1024;

type Waiting = { resolve: (bytes: Uint8Array) => void; reject: (error: Error) => void };
const waiting = new Map<number, Waiting>();
let lastId = 0;

/** Resolves when the message has left, so that a long answer in pieces does not pile up here. */
function send(message: FromChild): Promise<void> {
  return new Promise((resolve) => process.send?.(message, undefined, {}, () => resolve()));
}

function fetch(file: number, offset: number, length: number): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  lastId += 1;
  waiting.set(lastId, { resolve, reject });
  void send({ kind: "read", id: lastId, file, offset, length });
  return promise;
}

async function run({ files }: ToChild & { kind: "job" }): Promise<void> {
  void send({ kind: "begun" });
  const sources = files.map(({ path, sizeBytes }, file) => ({
    path,
    source: remoteSource(sizeBytes, (offset, length) => fetch(file, offset, length)),
  }));
  try {
    const { tensorRows, ...facts } = toVersionFacts(await readFacts(sources));
    for (let at = 0; at < tensorRows.length; at += ROWS_CHARS) {
      await send({ kind: "rows", text: tensorRows.slice(at, at + ROWS_CHARS) });
    }
    void send({ kind: "facts", facts, residentBytes: process.memoryUsage.rss() });
  } catch (error) {
    const residentBytes = process.memoryUsage.rss();
    void send({ kind: "error", error: errorToMessage(error), residentBytes });
  }
}

process.on("message", (message: ToChild) => {
  if (message.kind === "job") {
    void run(message);
    return;
  }
  const read = waiting.get(message.id);
  waiting.delete(message.id);
  if (message.kind === "bytes") read?.resolve(message.bytes);
  else read?.reject(errorFromMessage(message.error));
});
// When the server is told to stop, it finishes the work that it began and then ends this process itself.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {});
process.on("disconnect", () => process.exit());
