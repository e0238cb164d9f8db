import { expect, it } from "vitest";
import { FilePartWriter } from "./part-writer.ts";

const MIB = 1024 * 1024;
const shape = { sizeBytes: 16 * MIB, partSizeBytes: 16 * MIB };
const write = async () => {};

async function fill(writer: FilePartWriter): Promise<void> {
  for (let written = 0; written < 16; written += 1) await writer.write(Buffer.alloc(MIB));
}

it("syncs while the part arrives, and once more at its end", async () => {
  let syncs = 0;
  const sync = async () => {
    syncs += 1;
  };
  const writer = new FilePartWriter(shape, 0, { write, sync });
  await fill(writer);
  expect(syncs).toBeGreaterThan(1);
  const before = syncs;
  await writer.finish();
  expect(syncs).toBe(before + 1);
});

it("does not finish when a sync on the way failed, although the last one succeeds", async () => {
  let syncs = 0;
  const sync = async () => {
    syncs += 1;
    if (syncs === 1) throw Object.assign(new Error("EIO"), { code: "EIO" });
  };
  const writer = new FilePartWriter(shape, 0, { write, sync });
  await fill(writer);
  await expect(writer.finish()).rejects.toThrow();
});

it("waits for a sync on the way before its file may be closed", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const writer = new FilePartWriter(shape, 0, { write, sync: () => promise });
  await fill(writer);
  let isOver = false;
  const aborting = writer.abort().then(() => {
    isOver = true;
  });
  await new Promise((next) => setImmediate(next));
  expect(isOver).toBe(false);
  resolve();
  await aborting;
});
