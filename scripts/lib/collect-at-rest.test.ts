import { beforeEach, expect, it } from "vitest";
import { CollectAtRest } from "./collect-at-rest.ts";

let collections: number;
let rest: CollectAtRest;
beforeEach(() => {
  collections = 0;
  rest = new CollectAtRest(() => {
    collections += 1;
  });
});

function pass(requests: number): void {
  for (let request = 0; request < requests; request += 1) rest.count();
  rest.tick();
}

it("collects once after a busy time has ended, not during it", () => {
  pass(500);
  pass(500);
  expect(collections).toBe(0);
  pass(3);
  expect(collections).toBe(1);
  pass(0);
  pass(3);
  expect(collections).toBe(1);
});

it("collects nothing for what a probe asks", () => {
  for (let turn = 0; turn < 10; turn += 1) pass(5);
  expect(collections).toBe(0);
});

it("reaches V8's own collector", () => {
  const freed = new WeakRef({ some: "garbage" });
  const real = new CollectAtRest();
  for (let request = 0; request < 500; request += 1) real.count();
  real.tick();
  real.tick();
  // A WeakRef holds its target until the end of the turn that made it.
  return new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
    for (let request = 0; request < 500; request += 1) real.count();
    real.tick();
    real.tick();
    expect(freed.deref()).toBeUndefined();
  });
});
