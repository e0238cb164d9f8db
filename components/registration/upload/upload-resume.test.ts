import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bytes, chosen, hex, PART, type Place, startPlace } from "./upload-test-place.ts";

let place: Place;
beforeEach(async () => {
  place = await startPlace();
});
afterEach(() => place.server.close());

describe("after a reload of the page", () => {
  /** A first page: some parts arrive, then the page goes away. */
  async function leave(content: Uint8Array<ArrayBuffer>) {
    const { queue, until } = place.openPage();
    const running = queue.run([chosen("m/a.bin", content)]);
    await until(() => queue.state.sentBytes >= 6 * PART);
    queue.abandon();
    await running;
    const [upload] = await place.kept.list("");
    expect(upload).toMatchObject({ path: "m/a.bin", sizeBytes: content.length });
    return [...(place.server.uploads.get(upload?.id ?? "")?.parts.keys() ?? [])];
  }

  it("only the missing parts of the same file are sent", async () => {
    const content = bytes(17, 15 * PART + 1);
    const before = await leave(content);
    const { queue, parts } = place.openPage();
    expect(await queue.run([chosen("m/a.bin", content)])).toBe("stored");
    const sent = parts().map((call) => Number(call.split("/").at(-1)));
    expect(sent.filter((part) => before.includes(part))).toEqual([]);
    expect(new Set(sent).size).toBe(sent.length);
    expect(before.length).toBeGreaterThanOrEqual(6);
    expect(place.stored()).toEqual([hex(content)]);
  });

  it("a file of other bytes with the same marks starts anew, never as a mixture", async () => {
    const content = bytes(17, 15 * PART);
    await leave(content);
    const other = content.map((byte) => byte ^ 1);
    const { queue, parts } = place.openPage();
    expect(await queue.run([chosen("m/a.bin", other)])).toBe("stored");
    expect(parts()).toHaveLength(15);
    expect(place.stored()).toEqual([hex(other)]);
  });

  it("a file with another time of change is another file", async () => {
    const content = bytes(17, 15 * PART);
    await leave(content);
    const { queue, parts } = place.openPage();
    expect(await queue.run([chosen("m/a.bin", content, 2)])).toBe("stored");
    expect(parts()).toHaveLength(15);
  });

  it("an upload that has expired starts anew, also in the middle", async () => {
    const content = bytes(17, 15 * PART);
    await leave(content);
    place.server.uploads.clear();
    const { queue, until } = place.openPage();
    const running = queue.run([chosen("m/a.bin", content)]);
    await until(() => queue.state.sentBytes >= 4 * PART);
    place.server.uploads.clear();
    expect(await running).toBe("stored");
    expect(place.stored()).toEqual([hex(content)]);
    expect(await place.kept.list("")).toHaveLength(1);
  });

  it("a sealed upload is not sent again", async () => {
    const content = bytes(19, 3 * PART);
    expect(await place.openPage().queue.run([chosen("a", content)])).toBe("stored");
    const { queue, calls } = place.openPage();
    expect(await queue.run([chosen("a", content)])).toBe("stored");
    expect(calls.map((call) => call.split(" ")[0])).toEqual(["GET"]);
    expect(queue.refs).toHaveLength(1);
  });
});
