import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { ContentDigest } from "./content-digest.ts";
import { readPartBody } from "./part-body.ts";

const CHUNK = 4 * 1024;
const CHUNKS = 512;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

function expected(signal = new AbortController().signal) {
  return { part: 0, lengthBytes: CHUNK * CHUNKS, digest: new ContentDigest(null), signal };
}

it("remembers no chunk that it has given on", async () => {
  const given: WeakRef<Uint8Array>[] = [];
  let remembered = 0;
  async function* body() {
    for (let count = 0; count < CHUNKS; count += 1) {
      const chunk = Buffer.alloc(CHUNK);
      given.push(new WeakRef(chunk));
      yield chunk;
    }
    // A WeakRef holds its object until the end of the turn that made it.
    await setImmediate();
    collectGarbage();
    remembered = given.filter((chunk) => chunk.deref() !== undefined).length;
  }
  await readPartBody({ headers: {}, body: body() }, expected(), async () => {});
  expect(remembered).toBeLessThan(CHUNKS / 4);
});

it("ends when it is aborted, although the client is silent", async () => {
  const controller = new AbortController();
  async function* body() {
    yield Buffer.alloc(CHUNK);
    await new Promise(() => undefined);
  }
  const reading = readPartBody(
    { headers: {}, body: body() },
    expected(controller.signal),
    async () => {},
  );
  setTimeout(() => controller.abort(new Error("a newer attempt")), 20);
  await expect(reading).rejects.toThrow("a newer attempt");
});
