import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { growthOf, LINEAR_GROWTH } from "../../../tests/support/cost.ts";
import { memorySource } from "../bytes/byte-source.ts";
import { parsePickle } from "./pickle.ts";
import { parsePickles } from "./pickle-report.ts";

const bytesOf = (text: string) => Buffer.from(text, "latin1");
const parse = (text: string) => parsePickle(memorySource(bytesOf(text)));
const oracle = fileURLToPath(new URL("../fixtures/pickle_oracle.py", import.meta.url));

type Answer = { bytes: string; names: [string, string][]; loaded: boolean };

describe("the pickle machine against Python's own", () => {
  const seed = String(Math.floor(Math.random() * 1e9));
  it(`misses no name that Python resolves, and ends where it ends (seed ${seed})`, async () => {
    const output = execFileSync("python3", [oracle, seed, "4000"], { maxBuffer: 64 * 1024 * 1024 });
    const answers: Answer[] = JSON.parse(output.toString("utf8"));
    expect(answers.filter(({ loaded }) => loaded).length).toBeGreaterThan(200);
    expect(answers.filter(({ names }) => names.length > 0).length).toBeGreaterThan(200);
    for (const { bytes, names, loaded } of answers) {
      const stream = await parsePickle(memorySource(Buffer.from(bytes, "hex")));
      const seen = new Set(stream.globals.map(({ module, name }) => `${module}\n${name}`));
      for (const [module, name] of names) {
        // An empty name resolves to nothing, whatever the module.
        if (name !== "") expect(seen, bytes).toContain(`${module}\n${name}`);
      }
      if (loaded) expect(stream.problem, bytes).toBeNull();
    }
  }, 180_000);
});

describe("a pickle", () => {
  it("is described as data", async () => {
    const { root, parsedToEnd } = await parse(
      "\x80\x02}q\x00(U\x01aK\x05U\x01b]q\x01(K\x01\x88eu.",
    );
    expect(parsedToEnd).toBe(true);
    expect(root).toEqual({
      kind: "dict",
      entries: ["a", 5, "b", { kind: "list", items: [1, true] }],
    });
  });

  it("says which globals it calls", async () => {
    const { globals } = await parse("cos\nsystem\n0ccollections\nOrderedDict\n(tR.");
    expect(globals).toEqual([
      { module: "os", name: "system", isCalled: false, offset: 0 },
      { module: "collections", name: "OrderedDict", isCalled: true, offset: 12 },
    ]);
  });

  it("with a long string in it is followed without reading the string", async () => {
    const length = 3 * 1024 ** 3;
    const head = Buffer.concat([bytesOf("\x80\x04\x8e"), Buffer.alloc(8)]);
    head.writeBigUInt64LE(BigInt(length), 3);
    const tail = bytesOf("0cos\nsystem\n)R.");
    let readBytes = 0;
    const source = {
      sizeBytes: head.length + length + tail.length,
      read: async (offset: number, count: number) => {
        const result = Buffer.alloc(Math.max(0, Math.min(count, source.sizeBytes - offset)));
        readBytes += result.length;
        if (offset === 0) head.copy(result);
        const at = head.length + length - offset;
        if (at < result.length) tail.copy(result, Math.max(0, at), Math.max(0, -at));
        return result;
      },
    };
    const stream = await parsePickle(source);
    expect(stream).toMatchObject({ parsedToEnd: true, endOffset: source.sizeBytes });
    expect(stream.globals[0]?.name).toBe("system");
    expect(readBytes).toBeLessThan(2 * 1024 * 1024);
  });

  it("that is all lists in one another, or one memo entry a million times, ends soon", async () => {
    const nested = await parse(`${"]".repeat(1_000_000)}${"a".repeat(999_999)}.`);
    expect(nested.parsedToEnd).toBe(true);
    const doubled = await parse(`(K\x01t${"2\x86".repeat(1_000_000)}.`);
    expect(doubled.parsedToEnd).toBe(true);
  });

  it("of 20 MB is parsed in linear time", async () => {
    const part = bytesOf("\x8c\x04wordM\x01\x02G\x00\x00\x00\x00\x00\x00\x00\x00\x87\x94a");
    const count = 20_000_000 / part.length;
    const pickleOf = (scale: number) => {
      const items = Buffer.alloc(Math.floor(count * scale) * part.length, part);
      return memorySource(Buffer.concat([bytesOf("\x80\x04]\x94"), items, bytesOf(".")]));
    };
    const [small, large] = [pickleOf(1 / 4), pickleOf(1)];
    expect((await parsePickle(large)).parsedToEnd).toBe(true);
    const parsing = (scale: number) => parsePickle(scale < 1 ? small : large);
    expect(await growthOf(parsing)).toBeLessThan(LINEAR_GROWTH);
  }, 60_000);

  it("asks for unreasonable sizes in vain", async () => {
    for (const text of [
      "\x8e\xff\xff\xff\xff\xff\xff\xff\xff.",
      "X\xff\xff\xff\xff.",
      "j\xff\xff\xff\xff.",
      `N${"r\xff\xff\xff\xff".repeat(2)}`,
      "\x8b\xff\xff\xff\xff.",
      `L${"9".repeat(100_000)}L\n.`,
    ]) {
      const stream = await parse(text);
      expect(stream.endOffset).toBeLessThanOrEqual(text.length);
    }
  });
});

describe("a file of several pickles", () => {
  it("is followed to its last byte", async () => {
    const { reports } = await parsePickles(memorySource(bytesOf("N.cos\nsystem\n.N.")), "x");
    expect(reports).toHaveLength(3);
    expect(reports[1]?.globals).toHaveLength(1);
  });

  it("of any bytes never throws and never hangs", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        await parsePickles(memorySource(bytes), "x");
      }),
    );
  });
});
