/**
 * The process that scans files of somebody's disk for the command line. It can open no file and start no process: its
 * parent reads the bytes. Runs on Node 20.
 */
import type { ByteSource, SourceFile } from "#lib/formats/contract.ts";
import { explained, finding } from "#lib/scan/verdict.ts";
import { remoteSource } from "./remote-source.ts";
import { type FileRecord, Records, recordFile } from "./scan-files.ts";
import type { FromScan, ScanJob, ToScan } from "./scan-messages.ts";

type Waiting = { resolve: (bytes: Uint8Array) => void; reject: (error: Error) => void };
const waiting = new Map<number, Waiting>();
let lastId = 0;

/** The parent could not read the bytes. */
class ReadFailure extends Error {}

/** Resolves when the message has left, so that answers do not pile up here. */
function send(message: FromScan): Promise<void> {
  return new Promise((resolve) => process.send?.(message, undefined, {}, () => resolve()));
}

function fetchBytes(file: number, offset: number, length: number): Promise<Uint8Array> {
  lastId += 1;
  const id = lastId;
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject });
    void send({ kind: "read", id, file, offset, length });
  });
}

/** Windows of the files that were read since the last one was done. */
const held = new Map<number, ByteSource>();

/** A source that keeps its window no longer than the work on one file takes: of 10,000 files all would be too much. */
function passingSource(file: number, sizeBytes: number): ByteSource {
  return {
    sizeBytes,
    read: (offset, length) => {
      const source =
        held.get(file) ?? remoteSource(sizeBytes, (at, count) => fetchBytes(file, at, count));
      held.set(file, source);
      return source.read(offset, length);
    },
  };
}

async function run({ files, records: known, wanted }: ScanJob): Promise<void> {
  const sources: SourceFile[] = files.map(({ path, sizeBytes }, file) => ({
    path,
    source: passingSource(file, sizeBytes),
  }));
  const records: (FileRecord | null | undefined)[] = [...known];
  const others = new Map(sources.map(({ path, source }) => [path, source]));
  const failed = new Set<number>();
  for (const index of wanted) {
    const file = sources[index] as SourceFile;
    if (records[index] !== undefined) continue;
    await attempt({ index, path: file.path }, failed, async () => {
      others.delete(file.path);
      const record = await recordFile(file, others).finally(() =>
        others.set(file.path, file.source),
      );
      records[index] = record;
      await send({ kind: "record", index, record });
    });
  }
  const all = new Records(records.filter((record) => record != null));
  for (const index of wanted) {
    const record = records[index];
    if (record == null || failed.has(index)) continue;
    const file = sources[index] as SourceFile;
    await attempt({ index, path: file.path }, failed, async () => {
      const result = await all.scan(file, record, sources);
      await send({ kind: "verdict", index, ...result });
    });
  }
  await send({ kind: "end" });
}

/** What the disk refuses, and an error of ours, end the work on one file and not on the others. */
async function attempt(
  { index, path }: { index: number; path: string },
  failed: Set<number>,
  work: () => Promise<void>,
): Promise<void> {
  await send({ kind: "at", index });
  held.clear();
  try {
    await work();
  } catch (error) {
    failed.add(index);
    if (error instanceof ReadFailure) {
      await send({ kind: "failed", index, reason: error.message });
    } else {
      const detail = `The scan of the file failed: ${String(error).slice(0, 200)}`;
      const found = finding("unscannable", "unreadable", detail, path);
      await send({ kind: "verdict", index, verdict: "unscannable", findings: [explained(found)] });
    }
  }
}

process.on("message", (message: ToScan) => {
  if (message.kind === "job") {
    void run(message);
    return;
  }
  const read = waiting.get(message.id);
  waiting.delete(message.id);
  if (message.kind === "bytes") read?.resolve(message.bytes);
  else read?.reject(new ReadFailure(message.reason));
});
// Ctrl-C reaches the whole group; the parent ends this process itself.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {});
process.on("disconnect", () => process.exit());
