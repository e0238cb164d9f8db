/** Rate limits of two processes on one database. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { modelRegistry } from "../../tests/support/model-registry.ts";
import { SharedLimiter } from "./shared-limiter.ts";

const registry = modelRegistry();
const limit = (name: string, points = 100, seconds = 60) =>
  new SharedLimiter(registry.ctx.db, { name, points, seconds });

async function use(limiter: SharedLimiter, who: string, times: number): Promise<void> {
  for (let turn = 0; turn < times; turn += 1) await limiter.consume(who);
}

async function counted(name: string): Promise<Record<string, number>> {
  const rows = await registry.ctx.db.rateLimit.findMany({ where: { key: { startsWith: name } } });
  return Object.fromEntries(rows.map(({ key, points }) => [key, points]));
}

/** Until everything was told, and what came back is known. */
async function told(name: string, points: Record<string, number>): Promise<void> {
  await expect.poll(() => counted(name), { timeout: 30_000 }).toEqual(points);
  await sleep(300);
}

/** Longer than anything is kept. */
const exchange = () => sleep(1_500);

it("counts together what two processes let through", async () => {
  const [one, other] = [limit("together"), limit("together")];
  await Promise.all([use(one, "ada", 60), use(other, "ada", 30), use(other, "grace", 60)]);
  await told("together", { "together:ada": 90, "together:grace": 60 });
  // Who told first has not heard of the others: with the next request it does.
  await use(other, "ada", 1);
  await told("together", { "together:ada": 91, "together:grace": 60 });
  await use(one, "ada", 1);
  await told("together", { "together:ada": 92, "together:grace": 60 });
  await use(one, "ada", 8);
  await expect(one.consume("ada")).rejects.toMatchObject({ remainingPoints: 0 });
  await use(other, "grace", 10);
});

it("tells nothing of a client that has little", async () => {
  const quiet = limit("quiet");
  await use(quiet, "ada", 4);
  await exchange();
  expect(await counted("quiet")).toEqual({});
  await use(quiet, "ada", 1);
  await told("quiet", { "quiet:ada": 5 });
});

it("tells no refusals, and begins anew when the time is over", async () => {
  const short = limit("short", 3, 5);
  await use(short, "ada", 3);
  for (let turn = 0; turn < 5; turn += 1)
    await expect(short.consume("ada")).rejects.toMatchObject({ remainingPoints: 0 });
  await told("short", { "short:ada": 3 });
  await sleep(5_200);
  await use(short, "ada", 2);
  await told("short", { "short:ada": 2 });
});

it("goes on by itself where the database does not answer", async () => {
  const db = { statements: { run: () => Promise.reject(new Error("away")) } };
  const alone = new SharedLimiter(db as never, { name: "alone", points: 5, seconds: 60 });
  await use(alone, "ada", 5);
  await exchange();
  await expect(alone.consume("ada")).rejects.toMatchObject({ remainingPoints: 0 });
});
