import { expect, it } from "vitest";
import { CountCache } from "./count-cache.ts";

it("counts once however many ask at once, and again after a change", async () => {
  const cache = new CountCache();
  let counted = 0;
  const count = async () => {
    counted += 1;
    return counted;
  };
  expect(cache.peek("a")).toBeUndefined();
  expect(await Promise.all([cache.remember("a", count), cache.remember("a", count)])).toEqual([
    1, 1,
  ]);
  expect(cache.peek("a")).toBe(1);
  cache.forget();
  expect(cache.peek("a")).toBeUndefined();
  expect(await cache.remember("a", count)).toBe(2);
});

it("does not give a count that was begun before a change to whoever asks after it", async () => {
  const cache = new CountCache();
  let finish = (_count: number) => {};
  const begun = cache.remember("a", () => new Promise<number>((resolve) => (finish = resolve)));
  cache.forget();
  const after = cache.remember("a", async () => 2);
  finish(1);
  expect(await begun).toBe(1);
  expect(await after).toBe(2);
  expect(cache.peek("a")).toBe(2);
});

it("does not remember a failure, nor more filters than it may", async () => {
  const cache = new CountCache();
  const failing = cache.remember("a", async () => {
    throw new Error("no connection");
  });
  await expect(failing).rejects.toThrow("no connection");
  expect(await cache.remember("a", async () => 1)).toBe(1);
  for (let filter = 0; filter < 1_000; filter += 1)
    await cache.remember(`${filter}`, async () => 0);
  expect(cache.peek("a")).toBeUndefined();
});
