import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { WorkerPool } from "./worker-pool.ts";

class Worker {
  isAlive = true;
  readonly number: number;
  constructor(number: number) {
    this.number = number;
  }
  async end(): Promise<void> {
    this.isAlive = false;
  }
}

let started: Worker[];
let pool: WorkerPool<Worker>;
const open = (idleMs: number | null, size = 2) => {
  const start = () => {
    const worker = new Worker(started.length);
    started.push(worker);
    return worker;
  };
  pool = new WorkerPool({ size, idleMs, start });
  return pool;
};
beforeEach(() => {
  started = [];
});
afterEach(() => pool.close());

it("starts a worker when all others are busy, and lets the rest wait in their order", async () => {
  open(null);
  const first = await pool.take();
  first.release();
  const again = await pool.take();
  expect(again.worker).toBe(first.worker);
  const second = await pool.take();
  expect(second.worker).not.toBe(first.worker);
  const order: string[] = [];
  const third = pool.take().then((lease) => {
    order.push("third");
    return lease;
  });
  const fourth = pool.take().then((lease) => {
    order.push("fourth");
    return lease;
  });
  second.release();
  expect((await third).worker).toBe(second.worker);
  again.release();
  expect((await fourth).worker).toBe(first.worker);
  expect(order).toEqual(["third", "fourth"]);
  expect(started).toHaveLength(2);
});

it("forgets whoever gives up waiting", async () => {
  open(null, 1);
  const lease = await pool.take();
  const controller = new AbortController();
  const given = pool.take(controller.signal);
  const next = pool.take();
  controller.abort(new Error("gone"));
  await expect(given).rejects.toThrow("gone");
  lease.release();
  expect((await next).worker).toBe(lease.worker);
  await expect(pool.take(controller.signal)).rejects.toThrow("gone");
});

it("replaces a worker that died", async () => {
  open(null, 1);
  const lease = await pool.take();
  lease.worker.isAlive = false;
  lease.release();
  expect((await pool.take()).worker.number).toBe(1);
});

it("ends a worker without work after a time, never one that works", async () => {
  open(20, 2);
  const [a, b] = [pool.share(), pool.share()];
  a.release();
  await expect.poll(() => a.worker.isAlive).toBe(false);
  expect(b.worker.isAlive).toBe(true);
  b.release();
  const again = pool.share();
  await sleep(60);
  expect(again.worker.isAlive).toBe(true);
});

it("shares the worker with the least to do", () => {
  open(null);
  const [a, b, c] = [pool.share(), pool.share(), pool.share()];
  expect(a.worker).not.toBe(b.worker);
  expect(c.worker).toBe(a.worker);
  expect(pool.share().worker).toBe(b.worker);
  expect(started).toHaveLength(2);
});

it("pins a number to a worker, while it lives", () => {
  open(null);
  expect(pool.peek(7)).toBeNull();
  const { worker } = pool.pin(7);
  expect(pool.pin(9).worker).toBe(worker);
  expect(pool.pin(8).worker).not.toBe(worker);
  expect(pool.peek(7)).toBe(worker);
});

it("is closed for those who wait and for those who come", async () => {
  open(null, 1);
  const lease = await pool.take();
  const waiting = pool.take();
  const refused = expect(waiting).rejects.toThrow("closed");
  await pool.close();
  await refused;
  expect(lease.worker.isAlive).toBe(false);
  expect(() => pool.share()).toThrow("closed");
  await expect(pool.take()).rejects.toThrow("closed");
});
