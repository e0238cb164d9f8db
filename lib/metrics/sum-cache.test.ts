import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { SumCache } from "./sum-cache.ts";

test("an unchanged registry is summed once, a changed one again", async () => {
  const cache = new SumCache<number>();
  let runs = 0;
  const compute = async () => ++runs;
  expect(await cache.get("7d", "1", compute)).toBe(1);
  await sleep(5);
  expect(await cache.get("7d", "1", compute)).toBe(1);
  expect(await cache.get("7d", "2", compute)).toBe(2);
  expect(await cache.get("24h", "2", compute)).toBe(3);
});

test("however many ask during a change, one sum runs at a time and none is older than the question", async () => {
  const cache = new SumCache<bigint>();
  let running = 0;
  let runs = 0;
  let changes = 0n;
  const compute = async () => {
    const seen = changes;
    running += 1;
    runs += 1;
    expect(running).toBe(1);
    await sleep(20);
    running -= 1;
    return seen;
  };
  const first = cache.get("7d", String(changes), compute);
  await sleep(5);
  const answers: Promise<void>[] = [];
  for (let index = 0; index < 50; index += 1) {
    changes += 1n;
    const asked = changes;
    answers.push(
      cache
        .get("7d", String(asked), compute)
        .then((seen) => expect(seen).toBeGreaterThanOrEqual(asked)),
    );
  }
  await Promise.all([first, ...answers]);
  expect(runs).toBe(2);
});

test("a failure is not remembered", async () => {
  const cache = new SumCache<number>();
  const failing = cache.get("7d", "1", async () => {
    throw new Error("down");
  });
  await expect(failing).rejects.toThrow("down");
  expect(await cache.get("7d", "1", async () => 7)).toBe(7);
});
