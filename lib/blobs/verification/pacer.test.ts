import { expect, it } from "vitest";
import { Pacer } from "./pacer.ts";

const never = new AbortController().signal;

it("lets no more through than its rate", async () => {
  const pacer = new Pacer(1_000_000);
  const begun = performance.now();
  for (let count = 0; count < 20; count += 1) await pacer.take(10_000, never);
  // A timer may be a millisecond early.
  expect(performance.now() - begun).toBeGreaterThanOrEqual(195);
});

it("does not make up for time in which nothing was read", async () => {
  const pacer = new Pacer(1_000_000);
  await pacer.take(1, never);
  await new Promise((resolve) => setTimeout(resolve, 150));
  const begun = performance.now();
  await pacer.take(100_000, never);
  expect(performance.now() - begun).toBeGreaterThanOrEqual(98);
});

it("reads in steps that a low rate allows", () => {
  expect(new Pacer(1000).stepBytes(1024 * 1024)).toBe(1000);
  expect(new Pacer(Number.POSITIVE_INFINITY).stepBytes(1024)).toBe(1024);
});

it("gives up when it is told to", async () => {
  const controller = new AbortController();
  const taking = new Pacer(1).take(1000, controller.signal);
  controller.abort();
  await expect(taking).rejects.toThrow();
});
