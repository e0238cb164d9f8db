import { rm } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, it } from "vitest";
import { inTransaction } from "#lib/db/transaction.ts";
import { checkpointKey } from "#lib/storage/layout.ts";
import { modelRegistry } from "../../tests/support/model-registry.ts";
import { tamper } from "../../tests/support/tamper.ts";
import { chainEntries } from "./chain-entries.ts";
import { checkChain } from "./check-chain.ts";
import { entryHash, FIRST_PREV_HASH } from "./entry-hash.ts";
import { getChainState } from "./get-chain-state.ts";
import { recordChange } from "./record-change.ts";
import { verifyChain } from "./verify-chain.ts";
import { writeCheckpoint } from "./write-checkpoint.ts";

const registry = modelRegistry();
const change = (...statements: string[]) => tamper(registry.databaseUrl, ...statements);
const verify = async () => (await verifyChain(registry.ctx)).problem;
const note = (model: string) =>
  inTransaction(registry.ctx.db, (tx) =>
    recordChange(tx, registry.ctx, {
      action: "model.updated",
      model,
      detail: { before: { n: 1 }, after: { n: 1.5, text: 'quote " and é' } },
    }),
  );
async function chain(): Promise<void> {
  while (await chainEntries(registry.ctx.db));
  await writeCheckpoint(registry.ctx, { isLast: true });
}
/** The id of the entry at a place of the chain. */
async function entryAt(seq: number): Promise<string> {
  const link = await registry.ctx.db.auditLink.findUniqueOrThrow({ where: { seq: BigInt(seq) } });
  return link.auditId.toString();
}

beforeEach(async () => {
  await registry.clear();
  await rm(join(registry.folder, "audit"), { recursive: true, force: true });
  for (const model of ["a", "b", "c", "d", "e", "f"]) await note(model);
  await chain();
});

it("proves a chain that nobody touched, however its entries came", async () => {
  const report = await verifyChain(registry.ctx);
  expect(report).toMatchObject({ entries: 6, checkpoints: 1, problem: null });
  await Promise.all([note("g"), note("h"), chainEntries(registry.ctx.db)]);
  await chain();
  expect(await verifyChain(registry.ctx)).toMatchObject({
    entries: 8,
    checkpoints: 2,
    problem: null,
  });
});

it("starts from nothing, and covers every member of an entry", async () => {
  const [row] = await registry.ctx.db.$queryRaw<never[]>`select * from audit order by id limit 1`;
  const link = await registry.ctx.db.auditLink.findUniqueOrThrow({ where: { seq: 1n } });
  const hash = entryHash(row as never, 1n, FIRST_PREV_HASH);
  expect(Buffer.from(link.hash).toString("hex")).toBe(hash);
});

it("lets nobody change, remove or truncate, not even the tables' owner", async () => {
  for (const table of ["audit", "audit_link", "audit_checkpoint", "audit_key"])
    for (const statement of [
      `delete from ${table}`,
      `truncate ${table}`,
      `update ${table} set ${table === "audit" ? "actor" : "hash"} = null`,
    ])
      if (!(table === "audit_key" && statement.startsWith("update")))
        await expect(registry.ctx.db.$executeRawUnsafe(statement)).rejects.toThrow(/append-only/);
});

it.each([
  ["actor", "'somebody else'"],
  ["actor_id", "'x'"],
  ["token_id", "'x'"],
  ["action", "'model.trashed'"],
  ["model_name", "'other'"],
  ["version", "'9.9.9'"],
  ["at", "at - interval '1 second'"],
  ["request_id", "'x'"],
  ["address", "'10.0.0.1'"],
  ["detail", `'{"after": {"n": 2}}'`],
])("names an entry whose %s was changed", async (column, value) => {
  const id = await entryAt(3);
  await change(`update audit set ${column} = ${value} where id = ${id}`);
  expect(await verify()).toMatchObject({ kind: "changed", seq: "3", audit_id: id });
});

it("names an entry that was removed, with its link or without it", async () => {
  const id = await entryAt(3);
  await change(`delete from audit where id = ${id}`);
  expect(await verify()).toMatchObject({ kind: "removed", seq: "3", audit_id: id });
  await change("delete from audit_link where seq = 3");
  expect(await verify()).toMatchObject({ kind: "removed", seq: "3", audit_id: null });
});

it("names the place where one was removed and the rest numbered anew", async () => {
  await change(
    `delete from audit where id = ${await entryAt(3)}`,
    "delete from audit_link where seq = 3",
    "update audit_link set seq = seq - 1 where seq > 3",
  );
  expect(await verify()).toMatchObject({ kind: "removed", seq: "3" });
});

it("names the end when it was cut off", async () => {
  const id = await entryAt(6);
  await change(`delete from audit where id = ${id}`, "delete from audit_link where seq = 6");
  expect(await verify()).toMatchObject({ kind: "removed", seq: "6" });
  // The storage remembers it when the database does not.
  await change("delete from audit_checkpoint");
  expect(await verify()).toMatchObject({ kind: "removed", seq: "6" });
});

it("names entries that changed places, by their ids, their content or their links", async () => {
  const [third, fourth] = [await entryAt(3), await entryAt(4)];
  const swap = [
    `update audit set id = -1 where id = ${third}`,
    `update audit set id = ${third} where id = ${fourth}`,
    `update audit set id = ${fourth} where id = -1`,
  ];
  await change(...swap);
  expect(await verify()).toMatchObject({ kind: "reordered", seq: "3", audit_id: third });
  await change(...swap);
  expect(await verify()).toBeNull();
  const swapEntries = [
    "update audit_link set audit_id = -1 where seq = 3",
    `update audit_link set audit_id = ${third} where seq = 4`,
    `update audit_link set audit_id = ${fourth} where seq = 3`,
  ];
  await change(...swapEntries);
  expect(await verify()).toMatchObject({ kind: "reordered", seq: "3", audit_id: fourth });
});

it("names links that changed places", async () => {
  const fourth = await entryAt(4);
  await change(
    "update audit_link set seq = -1 where seq = 3",
    "update audit_link set seq = 3 where seq = 4",
    "update audit_link set seq = 4 where seq = -1",
  );
  expect(await verify()).toMatchObject({ kind: "reordered", seq: "3", audit_id: fourth });
});

it("names an entry that was written past the trigger", async () => {
  await change(
    "insert into audit (id, at, actor, action) values (1000000, now() - interval '1 hour', 'x', 'model.created')",
  );
  expect(await verify()).toMatchObject({ kind: "inserted", audit_id: "1000000" });
});

it("names an entry that was put into the chain", async () => {
  const [row] = await registry.ctx.db.$queryRaw<never[]>`
    insert into audit (id, at, actor, action) values (1000000, now(), 'x', 'model.created') returning *`;
  const { hash } = await registry.ctx.db.auditLink.findUniqueOrThrow({ where: { seq: 3n } });
  const before = Buffer.from(hash).toString("hex");
  await change(
    "update audit_link set seq = seq + 1000 where seq > 3",
    `insert into audit_link values (4, 1000000, decode('${before}', 'hex'), decode('${entryHash(row as never, 4n, before)}', 'hex'))`,
    "update audit_link set seq = seq - 999 where seq > 1000",
  );
  expect(await verify()).toMatchObject({ kind: "inserted", seq: "4", audit_id: "1000000" });
});

it("notices a chain that was made anew with all its hashes, by the checkpoint in the storage", async () => {
  const { db } = registry.ctx;
  await change(
    `update audit set actor = 'nobody' where id = ${await entryAt(2)}`,
    "truncate audit_link, audit_checkpoint",
    "insert into audit_unchained select id from audit",
  );
  while (await chainEntries(db));
  expect(await verify()).toMatchObject({ kind: "rewritten", seq: "6" });
});

it("notices a checkpoint that was changed, and one whose copy is gone", async () => {
  await change("update audit_checkpoint set at = at + interval '1 second'");
  expect(await verify()).toMatchObject({ kind: "checkpoint", seq: "6" });
  await change("update audit_checkpoint set at = at - interval '1 second'");
  expect(await verify()).toBeNull();
  const { hash } = await verifyChain(registry.ctx);
  await registry.ctx.storage.remove(checkpointKey(6n, hash));
  expect(await verify()).toMatchObject({ kind: "checkpoint", seq: "6" });
});

it("takes a forged copy for no checkpoint", async () => {
  const { storage } = registry.ctx;
  const hash = "0".repeat(64);
  const forged = { seq: "9", hash, at: "2026-01-01T00:00:00.000Z", key_id: "x", public_key: "x" };
  for (const text of [JSON.stringify({ ...forged, signature: "AAAA" }), "[1", "null", "\0"]) {
    await storage.putDocument(checkpointKey(9n, hash), Buffer.from(text));
    expect(await verify()).toMatchObject({ kind: "checkpoint", seq: "9" });
  }
});

it("says that an entry waits longer than a minute, and nothing before", async () => {
  await note("waiting");
  expect(await verify()).toBeNull();
  await change("update audit set at = at - interval '2 minutes' where model_name = 'waiting'");
  expect(await verify()).toMatchObject({ kind: "unchained" });
  const unserved = await verifyChain(registry.ctx, { mayWait: true });
  expect(unserved, "without a server nothing gives it one").toMatchObject({
    ...{ entries: 6, waiting: 1, problem: null },
  });
  await change("delete from audit where model_name = 'waiting'");
  expect(await verify()).toMatchObject({ kind: "removed", seq: null });
  expect((await verifyChain(registry.ctx, { mayWait: true })).problem).toMatchObject({
    kind: "removed",
  });
});

it("raises an alert that ends when the chain holds again, and tells the page", async () => {
  const id = await entryAt(3);
  await change(`update audit set actor = 'x' where id = ${id}`);
  await checkChain(registry.ctx);
  const alerts = () => registry.ctx.db.alert.findMany({ where: { resolvedAt: null } });
  expect(await alerts()).toMatchObject([{ kind: "audit_broken", detail: { audit_id: id } }]);
  const broken = await getChainState(registry.ctx);
  expect(broken.verification).toMatchObject({ seq: "2", problem: { kind: "changed" } });
  await change(`update audit set actor = 'anonymous' where id = ${id}`);
  await checkChain(registry.ctx);
  expect(await alerts()).toEqual([]);
  expect(await getChainState(registry.ctx)).toMatchObject({
    entries: 6,
    waiting: 0,
    checkpoint: { seq: "6" },
    verification: { seq: "6", problem: null },
    keys: [{ public_key: expect.stringContaining("BEGIN PUBLIC KEY") }],
  });
});
