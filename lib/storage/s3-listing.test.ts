import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { blobKey, manifestKey, modelRecordKey, quarantineKey } from "./layout.ts";
import { inByteOrder } from "./s3-listing.ts";

const byBytes = (a: string, b: string) => (a < b ? -1 : 1);
/** As stores with real folders list: a folder comes before what continues its name. */
const byFolders = (a: string, b: string) =>
  byBytes(a.replaceAll("/", "\0"), b.replaceAll("/", "\0"));

async function* each(keys: readonly string[]) {
  yield* keys;
}
async function ordered(keys: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for await (const key of inByteOrder(each(keys))) found.push(key);
  return found;
}

const modelName = fc.stringMatching(/^[ab0][ab0._-]{0,4}$/);
const version = fc.constantFrom("1.0.0", "1.0.0-rc.1", "10.0.0", "1.0.0+b", "2.0.0");
const digest = fc.stringMatching(/^[0-9a-f]{64}$/);
const key = fc
  .oneof(
    fc.tuple(modelName, version).map(([model, text]) => manifestKey(model, text)),
    modelName.map(modelRecordKey),
    digest.map(blobKey),
  )
  .chain((plain) => fc.constantFrom(plain, quarantineKey(plain)));

describe("the order of a listing", () => {
  it("is by bytes, whichever of the two orders the store has", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(key, { maxLength: 60 }), async (keys) => {
        const expected = [...keys].sort(byBytes);
        expect(await ordered([...keys].sort(byFolders))).toEqual(expected);
        expect(await ordered(expected)).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  it("holds no more than the folder that waits, however many come before it", async () => {
    let given = 0;
    async function* many() {
      yield "metadata/a/1.0.0.json";
      for (let n = 0; n < 10_000; n += 1) {
        given = n;
        yield `metadata/a-${String(n).padStart(5, "0")}/1.0.0.json`;
      }
    }
    const keys = inByteOrder(many())[Symbol.asyncIterator]();
    for (let n = 0; n < 100; n += 1) await keys.next();
    expect(given).toBeLessThan(105);
  });
});
