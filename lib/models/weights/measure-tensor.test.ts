import { expect, it } from "vitest";
import { decoderOf } from "./decode-values.ts";
import { measureTensor } from "./measure-tensor.ts";

const bytesOf = (values: { buffer: ArrayBufferLike }) => new Uint8Array(values.buffer);
const side = (dtype: string, bytes: Uint8Array) => ({
  dtype,
  read: async (offset: number, length: number) => bytes.slice(offset, offset + length),
});
const measure = (
  values: number,
  [fromType, from]: [string, Uint8Array],
  [toType, to]: [string, Uint8Array],
) =>
  measureTensor({
    from: side(fromType, from),
    to: side(toType, to),
    values,
    sizeBytes: from.length,
  });
const f32 = (...values: number[]): [string, Uint8Array] => [
  "F32",
  bytesOf(Float32Array.from(values)),
];

it("measures the norm of the difference against that of the first", async () => {
  expect(await measure(2, f32(3, 4), f32(3, 9))).toEqual({
    values: 2,
    changed_values: 1,
    relative_difference: 1,
    max_absolute_difference: 5,
    not_finite: 0,
    isEqual: false,
  });
});

it("knows equal values: of the same bytes, of zeros of both signs, of NaN, of no values at all", async () => {
  const same = { relative_difference: 0, max_absolute_difference: 0, isEqual: true };
  expect(await measure(2, f32(1, 2), f32(1, 2))).toMatchObject(same);
  expect(await measure(2, f32(0, Number.NaN), f32(-0, Number.NaN))).toMatchObject(same);
  expect(await measure(0, f32(), f32())).toMatchObject(same);
});

it("leaves what is not finite out of the differences, and says how many there are", async () => {
  const [inf, nan] = [Number.POSITIVE_INFINITY, Number.NaN];
  expect(await measure(4, f32(1, inf, nan, 2), f32(1, 1, 5, 4))).toMatchObject({
    changed_values: 3,
    not_finite: 2,
    max_absolute_difference: 2,
    relative_difference: 2 / Math.sqrt(5),
  });
  expect(await measure(1, f32(0), f32(1))).toMatchObject({ relative_difference: null });
  const huge = (value: number): [string, Uint8Array] => ["F64", bytesOf(Float64Array.of(value))];
  expect(await measure(1, huge(1e300), huge(-1e308))).toMatchObject({
    relative_difference: null,
    max_absolute_difference: 1e308 + 1e300,
  });
});

it("compares values of two types, and steps through a long tensor", async () => {
  const values = Float32Array.from({ length: 300_000 }, (_, at) => at % 7);
  const brain = Uint16Array.from(new Uint32Array(values.buffer), (bits) => bits >>> 16);
  const measured = await measure(values.length, ["F32", bytesOf(values)], ["BF16", bytesOf(brain)]);
  expect(measured).toMatchObject({ isEqual: true, values: 300_000 });
  const other = values.slice();
  other[299_999] = -1;
  const [a, b] = [bytesOf(values), bytesOf(other)];
  expect(await measure(values.length, ["F32", a], ["F32", b])).toMatchObject({ changed_values: 1 });
});

it("only tells whether the bytes are the same where elements are no numbers", async () => {
  const blocks = (last: number): [string, Uint8Array] => ["Q4_0", Uint8Array.of(1, 2, last)];
  expect(await measure(6, blocks(3), blocks(3))).toMatchObject({ isEqual: true });
  expect(await measure(6, blocks(3), blocks(4))).toMatchObject({
    isEqual: false,
    relative_difference: null,
    changed_values: null,
  });
  expect(await measure(1, blocks(3), f32(1))).toBeNull();
});

it.each<[string, ArrayLike<number> & { buffer: ArrayBufferLike }, number[]]>([
  ["F16", Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7bff, 0x7c00), [1, -2, 2 ** -24, 65504, 1 / 0]],
  ["BF16", Uint16Array.of(0x3f80, 0xc000, 0x7f80), [1, -2, 1 / 0]],
  ["F8_E4M3", Uint8Array.of(0x38, 0x7e, 0x01, 0xff), [1, 448, 2 ** -9, Number.NaN]],
  ["F8_E5M2", Uint8Array.of(0x3c, 0x7b, 0xfc), [1, 57344, -1 / 0]],
  ["I8", Int8Array.of(-5), [-5]],
  ["BOOL", Uint8Array.of(1), [1]],
])("reads %s", (dtype, codes, values) => {
  const into = new Float64Array(values.length);
  decoderOf(dtype)?.decode(bytesOf(codes), into);
  expect([...into]).toEqual(values);
});

it("reads whole numbers of eight bytes, with and without a sign", () => {
  const into = new Float64Array(1);
  const bytes = bytesOf(BigInt64Array.of(-3n));
  decoderOf("I64")?.decode(bytes, into);
  expect(into[0]).toBe(-3);
  decoderOf("U64")?.decode(bytes, into);
  expect(into[0]).toBe(2 ** 64);
});

it("reads from a buffer that begins anywhere", () => {
  const bytes = new Uint8Array(9);
  bytes.set(bytesOf(Float64Array.of(2.5)), 1);
  const into = new Float64Array(1);
  decoderOf("F64")?.decode(bytes.subarray(1), into);
  expect(into[0]).toBe(2.5);
});
