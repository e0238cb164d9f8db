import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { growthOf, LINEAR_GROWTH } from "../../../tests/support/cost.ts";
import { fileOf, refusalOf, sparseSource } from "../../../tests/support/hostile-bytes.ts";
import { LEN, ProtoWalker, VARINT } from "./protobuf.ts";
import { WindowReader } from "./window-reader.ts";

const walkerOver = (bytes: Uint8Array) =>
  new ProtoWalker(new WindowReader(fileOf("m.pb", bytes), "protobuf"));

type Seen = [field: number, wireType: number, value: string];

async function ours(bytes: Uint8Array): Promise<Seen[]> {
  const walker = walkerOver(bytes);
  const seen: Seen[] = [];
  await walker.walk(0, bytes.length, async (field) => {
    const value =
      field.wireType === VARINT
        ? String(await walker.int(field))
        : Buffer.from(bytes.subarray(field.start, field.end)).toString("hex");
    seen.push([field.number, field.wireType, value]);
  });
  return seen;
}

/** What @bufbuild/protobuf reads. */
function theirs(bytes: Uint8Array): Seen[] {
  const reader = new BinaryReader(bytes);
  const seen: Seen[] = [];
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    if (wireType === WireType.Varint) seen.push([number, wireType, String(reader.int64())]);
    else if (wireType === WireType.LengthDelimited) {
      seen.push([number, wireType, Buffer.from(reader.bytes()).toString("hex")]);
    } else {
      const start = reader.pos;
      reader.skip(wireType);
      seen.push([number, wireType, Buffer.from(bytes.subarray(start, reader.pos)).toString("hex")]);
    }
  }
  return seen;
}

const field = fc.record({
  number: fc.integer({ min: 1, max: 536_870_911 }),
  value: fc.oneof(
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.uint8Array({ maxLength: 300 }),
    fc.integer({ min: 0, max: 0xffffffff }),
    fc.double(),
  ),
  isFixed: fc.boolean(),
});

test("reads what @bufbuild/protobuf reads", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(field, { maxLength: 20 }), async (fields) => {
      const writer = new BinaryWriter();
      for (const { number, value, isFixed } of fields) {
        if (value instanceof Uint8Array) writer.tag(number, WireType.LengthDelimited).bytes(value);
        else if (typeof value === "bigint") writer.tag(number, WireType.Varint).int64(value);
        else if (isFixed && Number.isInteger(value)) {
          writer.tag(number, WireType.Bit32).fixed32(Math.abs(value) >>> 0);
        } else writer.tag(number, WireType.Bit64).double(value);
      }
      const bytes = writer.finish();
      expect(await ours(bytes)).toEqual(theirs(bytes));
    }),
    { numRuns: 300 },
  );
});

test("packed and single integers of a list are the same list", async () => {
  const packed = new BinaryWriter().tag(1, WireType.LengthDelimited).fork();
  for (const value of [1, -1, 2 ** 40]) packed.int64(value);
  const bytes = packed.join().tag(1, WireType.Varint).int64(7).finish();
  const walker = walkerOver(bytes);
  const values: bigint[] = [];
  await walker.walk(0, bytes.length, (part) => walker.ints(part, values, 4));
  expect(values).toEqual([1n, -1n, 2n ** 40n, 7n]);
  const few: bigint[] = [];
  const again = walkerOver(bytes);
  const refused = await refusalOf(() =>
    again.walk(0, bytes.length, (part) => again.ints(part, few, 3)),
  );
  expect(refused).toMatch(/more than 3 values/);
});

describe("bounds", () => {
  test("five million fields and no more, in linear time", async () => {
    const bytes = new Uint8Array(11_000_000).map((_, at) => (at % 2 === 0 ? 0x08 : 0));
    const walk = (scale: number) =>
      refusalOf(() => walkerOver(bytes).walk(0, bytes.length * scale, () => {}));
    expect(await walk(1 / 4)).toBeNull();
    expect(await walk(1)).toMatch(/more than 5000000 fields/);
    expect(await growthOf(walk)).toBeLessThan(LINEAR_GROWTH);
  }, 120_000);

  test("a message of itself, a hundred deep", async () => {
    let bytes: Uint8Array = new Uint8Array(0);
    for (let depth = 0; depth < 100; depth += 1) {
      bytes = new BinaryWriter().tag(1, WireType.LengthDelimited).bytes(bytes).finish();
    }
    const walker = walkerOver(bytes);
    const dive = (part: { number: number; wireType: number; start: number; end: number }) =>
      walker.message(part, dive);
    expect(await refusalOf(() => walker.walk(0, bytes.length, dive))).toMatch(/more than 64 deep/);
  });

  test("what nobody asks for is not read", async () => {
    const size = 8 * 1024 ** 3;
    const head = new BinaryWriter().tag(1, WireType.LengthDelimited).int64(size).finish();
    const source = sparseSource(head.length + size, [{ offset: 0, bytes: head }]);
    const walker = new ProtoWalker(new WindowReader({ path: "m", source }, "protobuf"));
    const lengths: number[] = [];
    await walker.walk(0, source.sizeBytes, ({ wireType, start, end }) => {
      expect(wireType).toBe(LEN);
      lengths.push(end - start);
    });
    expect(lengths).toEqual([size]);
    expect(source.bytesRead()).toBeLessThan(200_000);
  });
});
