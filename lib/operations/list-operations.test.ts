import { afterAll, beforeAll, expect, it } from "vitest";
import type { Ctx } from "#lib/context.ts";
import { createDatabase, type Database } from "#lib/db/client.ts";
import { createLogger } from "#lib/log.ts";
import { OPEN, userActor } from "../../tests/support/actors.ts";
import { createTestDatabase, type TestDatabase } from "../../tests/support/postgres.ts";
import { cancelOperation } from "./cancel-operation.ts";
import { getOperation } from "./get-operation.ts";
import { listOperations } from "./list-operations.ts";
import { retryOperation } from "./retry-operation.ts";

let database: TestDatabase;
let db: Database;
let ctx: Ctx;
beforeAll(async () => {
  database = await createTestDatabase("migrated");
  db = createDatabase({ url: database.url, poolSize: 4 });
  const log = createLogger("silent");
  const now = () => new Date();
  ctx = { actor: OPEN, db, log, now, requestId: null, address: null } as unknown as Ctx;
  const data = { actor: "ana", actorId: "user-ana" };
  await db.operation.createMany({
    data: [
      { ...data, kind: "scrub", state: "done", subject: "model:a" },
      { ...data, kind: "scrub", state: "failed", error: "away", attempts: 5 },
      { ...data, kind: "collection", state: "done" },
      { ...data, kind: "scrub", state: "cancelled" },
      { ...data, kind: "reindex", state: "running" },
    ],
  });
});
afterAll(async () => {
  await db.$disconnect();
  await database.drop();
});

const ids = (items: { id: string }[]) => items.map(({ id }) => Number(id));

it("lists the newest first, page by page, with the number of all", async () => {
  const first = await listOperations(ctx, { limit: 2 });
  expect(ids(first.items)).toEqual([5, 4]);
  expect(first.total).toBe(5);
  const second = await listOperations(ctx, { limit: 2, cursor: first.next_cursor ?? "" });
  expect(ids(second.items)).toEqual([3, 2]);
  const third = await listOperations(ctx, { limit: 2, cursor: second.next_cursor ?? "" });
  expect(ids(third.items)).toEqual([1]);
  expect(third.next_cursor).toBeNull();
});

it("filters by kind and state, also over pages", async () => {
  const scrubs = await listOperations(ctx, { kind: "scrub", limit: 2 });
  expect([ids(scrubs.items), scrubs.total]).toEqual([[4, 2], 3]);
  const rest = await listOperations(ctx, {
    kind: "scrub",
    limit: 2,
    cursor: scrubs.next_cursor ?? "",
  });
  expect([ids(rest.items), rest.total]).toEqual([[1], 3]);
  const failed = await listOperations(ctx, { kind: "scrub", state: "failed", limit: 9 });
  expect(failed.items).toMatchObject([{ id: "2", error: "away", attempts: 5, actor: "ana" }]);
});

it("tells one from its number, and that there is none", async () => {
  expect(await getOperation(ctx, { id: "1" })).toMatchObject({ kind: "scrub", subject: "model:a" });
  for (const act of [getOperation, cancelOperation, retryOperation])
    await expect(act(ctx, { id: "999999999999999999" })).rejects.toMatchObject({
      code: "operation_not_found",
    });
});

it("neither cancels nor retries a command that somebody runs", async () => {
  await expect(cancelOperation(ctx, { id: "5" })).rejects.toMatchObject({
    code: "operation_not_cancellable",
  });
  await db.operation.update({ where: { id: 5n }, data: { state: "failed" } });
  await expect(retryOperation(ctx, { id: "5" })).rejects.toMatchObject({
    code: "operation_not_retryable",
  });
});

it("tells an actor who is confined to some models of these alone", async () => {
  const data = { kind: "scrub", state: "done", actor: "ana", actorId: "user-ana" };
  const about = (subject: string) => db.operation.create({ data: { ...data, subject } });
  const [mine, spelt, own, theirs] = await Promise.all(
    ["model:team_a", "model:TEAM_B", "model:Own", "model:teamXa"].map(about),
  );
  const models = ["team_*", "own"];
  const confined = {
    ...ctx,
    actor: userActor("c", { role: "administrator", models }),
  } as Ctx;
  const seen = await listOperations(confined, { limit: 50 });
  expect(new Set(ids(seen.items))).toEqual(
    new Set([mine, spelt, own].map((row) => Number(row?.id))),
  );
  expect(seen.total).toBe(3);
  await getOperation(confined, { id: String(mine?.id) });
  for (const id of ["1", "3", String(theirs?.id)])
    await expect(getOperation(confined, { id })).rejects.toMatchObject({
      code: "operation_not_found",
    });
  // Background work is the whole registry's.
  for (const act of [cancelOperation, retryOperation])
    await expect(act(confined, { id: String(mine?.id) })).rejects.toMatchObject({
      code: "forbidden",
    });
});

it("is shown to maintainers, and managed by administrators with the scope for it", async () => {
  const as = (
    role: "contributor" | "maintainer" | "administrator" | null,
    scopes?: "models:write",
  ) => ({ ...ctx, actor: userActor("u", { role, scopes: scopes ? [scopes] : null }) }) as Ctx;
  const reads = [
    (who: Ctx) => listOperations(who, { limit: 1 }),
    (who: Ctx) => getOperation(who, { id: "1" }),
  ];
  const changes = [
    (who: Ctx) => cancelOperation(who, { id: "1" }),
    (who: Ctx) => retryOperation(who, { id: "1" }),
  ];
  for (const act of [...reads, ...changes]) {
    await expect(act(as(null))).rejects.toMatchObject({ code: "unauthenticated" });
    await expect(act(as("contributor"))).rejects.toMatchObject({ code: "forbidden" });
    await expect(act(as("administrator", "models:write"))).rejects.toMatchObject({
      code: "forbidden",
    });
  }
  for (const read of reads) await read(as("maintainer"));
  for (const change of changes) {
    await expect(change(as("maintainer"))).rejects.toMatchObject({ code: "forbidden" });
    // Operation 1 is done: the administrator is told so.
    await expect(change(as("administrator"))).rejects.toMatchObject({ status: 409 });
  }
});
