import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { inParallel } from "./in-parallel.ts";

it("does everything once, with no more at a time than it may", async () => {
  const done: number[] = [];
  let running = 0;
  let most = 0;
  await inParallel(3, [5, 1, 4, 2, 3, 0, 6], async (item) => {
    running += 1;
    most = Math.max(most, running);
    await sleep(item);
    running -= 1;
    done.push(item);
  });
  expect(most).toBe(3);
  expect(done.sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
});

it("throws the first failure when nothing that it began is running any more", async () => {
  const begun: number[] = [];
  let running = 0;
  const failed = inParallel(2, [0, 1, 2, 3, 4], async (item) => {
    begun.push(item);
    running += 1;
    await sleep(item === 1 ? 20 : 1);
    running -= 1;
    if (item === 0) throw new Error("first");
    if (item === 1) throw new Error("second");
  });
  await expect(failed).rejects.toThrow("first");
  expect(running).toBe(0);
  expect(begun).toEqual([0, 1]);
});

it("has nothing to do without items", async () => {
  await inParallel(4, [], () => Promise.reject(new Error("called")));
});
