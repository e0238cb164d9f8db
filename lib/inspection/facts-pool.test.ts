import { readFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { afterEach, describe, expect, test } from "vitest";
import { RegistryError } from "#lib/errors.ts";
import type { SourceFile } from "#lib/formats/contract.ts";
import { zipOf } from "#lib/formats/fixtures/write-zip.ts";
import { fileOf } from "../../tests/support/hostile-bytes.ts";
import { manyTensors, tinyModel } from "../../tests/support/model-files.ts";
import { FactsPool } from "./facts-pool.ts";
import { readFacts } from "./read-facts.ts";
import { toVersionFacts } from "./version-facts.ts";

const SMALL = fileOf("small.safetensors", tinyModel());
/** Fields of a model's version number, over and over: each is looked at. */
const FIVE_MILLION_FIELDS = fileOf(
  "fields.onnx",
  new Uint8Array(9_800_000).map((_, at) => (at % 2 === 0 ? 0x08 : 0x07)),
);
const BOMB = fileOf(
  "bomb.zip",
  zipOf([{ name: "x", bytes: Buffer.alloc(200_000_000), isDeflated: true }]),
);

let pool: FactsPool;
afterEach(() => pool.close());

async function outcomeOf(run: () => Promise<unknown>): Promise<unknown> {
  try {
    return await run();
  } catch (error) {
    const { name, code, detail, problems } = error as RegistryError;
    return { name, code, detail, problems };
  }
}

function fixture(name: string): SourceFile {
  return fileOf(name, readFileSync(new URL(`../formats/fixtures/${name}`, import.meta.url)));
}

test("the other process says what this one would say, refusals included", async () => {
  pool = new FactsPool();
  const names = ["state_dict.pth", "scripted.pt", "legacy.pt", "plain.keras", "sklearn.pkl"];
  const files = [...names.map(fixture), fixture("external.onnx"), BOMB];
  const cut = fileOf("cut.safetensors", tinyModel().slice(0, -3));
  const empty = fileOf("empty.onnx", new Uint8Array(0));
  for (const file of [...files, cut, empty]) {
    const here = await outcomeOf(async () => toVersionFacts(await readFacts([file])));
    expect(await outcomeOf(() => pool.read([file]))).toEqual(here);
  }
  const model = [fixture("external.onnx"), fixture("external.onnx.data")];
  expect(await pool.read(model)).toEqual(toVersionFacts(await readFacts(model)));
});

test("five million fields do not keep the event loop from other work", async () => {
  pool = new FactsPool();
  await pool.read([SMALL]);
  const here = await longestDelay(() => readFacts([FIVE_MILLION_FIELDS]));
  const apart = await longestDelay(() => pool.read([FIVE_MILLION_FIELDS]));
  expect(apart).toBeLessThan(here / 5);
});

test("so many tensors arrive in pieces, all of them", async () => {
  pool = new FactsPool();
  const facts = await pool.read([fileOf("many.safetensors", manyTensors(20_000))]);
  expect(facts.tensorCount).toBe(20_000);
  const rows = JSON.parse(facts.tensorRows);
  expect(rows.map(({ position }: { position: number }) => position)).toEqual([...rows.keys()]);
});

test("a storage that fails in the middle fails the registration, with its own error", async () => {
  pool = new FactsPool();
  const error = new RegistryError("storage_corrupt", "Damaged.", { cause: new Error("EIO") });
  const source = { sizeBytes: 1000, read: () => Promise.reject(error) };
  await expect(pool.read([{ path: "m.pth", source }])).rejects.toBe(error);
  expect((await pool.read([SMALL])).scan.verdict).toBe("clean");
});

describe("beyond its bounds a file is unscannable, and the next one is read", () => {
  test("time", async () => {
    pool = new FactsPool({ cpuMsFor: () => 100 }, 1);
    const facts = await pool.read([FIVE_MILLION_FIELDS]);
    expect(facts).toMatchObject({ format: "unknown", tensorCount: 0 });
    expect(facts.files).toMatchObject([{ path: "fields.onnx", verdict: "unscannable" }]);
    expect(facts.scan).toMatchObject({
      verdict: "unscannable",
      findings: [{ code: "time_exceeded", file: "fields.onnx" }],
    });
    expect((await pool.read([SMALL])).scan.verdict).toBe("clean");
  });

  // A single allocation far beyond the limit ends a whole process, not only a thread of it.
  test("memory", async () => {
    pool = new FactsPool({ heapMb: 20 }, 1);
    const facts = await pool.read([fileOf("many.safetensors", manyTensors(300_000))]);
    expect(facts.scan).toMatchObject({
      verdict: "unscannable",
      findings: [{ code: "memory_exceeded", file: "many.safetensors" }],
    });
    expect((await pool.read([SMALL])).scan.verdict).toBe("clean");
  });
});

test("a file that takes long does not stop the others", async () => {
  pool = new FactsPool({}, 2);
  const ended: string[] = [];
  const long = pool.read([FIVE_MILLION_FIELDS]).then(() => ended.push("long"));
  for (let count = 0; count < 5; count += 1) {
    await pool.read([SMALL]);
    ended.push("short");
  }
  await long;
  expect(ended.slice(0, 5)).toEqual(new Array(5).fill("short"));
});

test("a hundred hostile files at once end, and the file behind them is read", async () => {
  pool = new FactsPool({ cpuMsFor: () => 200 }, 2);
  const hostile = Array.from({ length: 100 }, (_, at) =>
    at % 10 === 0 ? FIVE_MILLION_FIELDS : BOMB,
  );
  const all = hostile.map((file) => pool.read([file]));
  const last = await pool.read([SMALL]);
  const verdicts = (await Promise.all(all)).map(({ scan }) => scan.verdict);
  expect(new Set(verdicts)).toEqual(new Set(["unscannable"]));
  expect(last.scan.verdict).toBe("clean");
}, 180_000);

test("nothing is left running after close", async () => {
  pool = new FactsPool({}, 2);
  await Promise.all([pool.read([SMALL]), pool.read([SMALL])]);
  const running = () =>
    process.getActiveResourcesInfo().filter((kind) => kind === "ProcessWrap").length;
  expect(running()).toBe(2);
  await pool.close();
  await expect.poll(running).toBe(0);
});

async function longestDelay(work: () => Promise<unknown>): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  // The delay of the loop is measured when the loop comes round again, which it had done before.
  await expect.poll(() => delay.count).toBeGreaterThan(0);
  const { count } = delay;
  await work();
  await expect.poll(() => delay.count).toBeGreaterThan(count);
  delay.disable();
  return delay.max;
}
