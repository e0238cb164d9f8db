import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import type { Ctx } from "#lib/context.ts";
import { inTransaction } from "#lib/db/transaction.ts";
import { canonicalJson } from "#lib/wire/canonical-json.ts";
import { CONFINED, READER } from "../../tests/support/actors.ts";
import { modelRegistry } from "../../tests/support/model-registry.ts";
import { chainEntries } from "./chain-entries.ts";
import { exportAudit, inert } from "./export-audit.ts";
import { listAudit } from "./list-audit.ts";
import { type Change, recordChange } from "./record-change.ts";
import type { AuditEntryWire, ExportFormat } from "./schema.ts";

const registry = modelRegistry();

async function textOf(format: ExportFormat, ctx = registry.ctx, filters = {}): Promise<string> {
  let text = "";
  for await (const part of await exportAudit(ctx, { format, ...filters })) text += part;
  return text;
}
const linesOf = async (...args: Parameters<typeof textOf>): Promise<AuditEntryWire[]> =>
  (await textOf(...args))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

it("gives every entry once, which anybody can verify without the registry", async () => {
  for (let at = 0; at < 600; at += 1)
    await registry.ctx.db.$executeRaw`
      insert into audit (actor, action, model_name, detail) values ('a', 'model.created', ${`m${at}`}, '{"b": 1, "a": [1.5, null]}')`;
  while (await chainEntries(registry.ctx.db));
  const lines = await linesOf("ndjson");
  expect(new Set(lines.map(({ id }) => id)).size).toBe(601);
  let prev_hash = "0".repeat(64);
  for (const { seq, hash, ...entry } of lines.filter((line) => line.seq !== null)) {
    const text = canonicalJson({ entry, prev_hash, seq });
    prev_hash = createHash("sha256").update(text).digest("hex");
    expect(hash).toBe(prev_hash);
  }
  expect(lines.at(-1)).toMatchObject({ action: "audit.exported", detail: { format: "ndjson" } });
});

it("makes cells inert that a spreadsheet would calculate", async () => {
  for (const text of ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
    expect(inert(text)).toBe(`'${text}`);
  for (const text of ["a=1", "", "1", '{"a":1}']) expect(inert(text)).toBe(text);
  await registry.ctx.db.$executeRaw`
    insert into audit (actor, action, model_name) values ('=cmd|'' /C calc''!A0, "x"', 'model.created', 'm')`;
  const csv = await textOf("csv", registry.ctx, { actor: `=cmd|' /C calc'!A0, "x"` });
  const [head, line] = csv.split("\r\n");
  expect(head).toBe(
    "id,at,actor,actor_id,token_id,action,model,version,detail,request_id,address,seq,hash",
  );
  expect(line).toContain(`,"'=cmd|' /C calc'!A0, ""x""",`);
});

it("takes a maintainer, and hides what a confined actor may not see", async () => {
  await expect(exportAudit(registry.ctxFor(READER), { format: "csv" })).rejects.toMatchObject({
    code: "forbidden",
  });
  await registry.register("Mine-1");
  await registry.register("theirs");
  const confined = registry.ctxFor(CONFINED);
  const lines = await linesOf("ndjson", confined);
  expect(new Set(lines.map(({ model }) => model))).toEqual(new Set(["Mine-1"]));
  const { items, total } = await listAudit(confined, { limit: 200 });
  expect(total).toBe(items.length);
  expect(items.map(({ id }) => id).reverse()).toEqual(lines.map(({ id }) => id));
});

it("filters by actor, action and its beginning, object, address, request and time", async () => {
  const ctx = { ...registry.ctx, address: "10.9.8.7", requestId: "request-7" };
  const note = (by: Ctx, change: Change) =>
    inTransaction(by.db, (tx) => recordChange(tx, by, change));
  await note(ctx, { action: "model.created", model: "Filtered" });
  await note(ctx, { action: "version.registered", model: "Filtered", version: "1.0.0" });
  await note(registry.ctx, { action: "model.updated", model: "Filtered" });
  const actions = async (filters: object) => {
    const { items } = await listAudit(registry.ctx, { ...filters, limit: 200 });
    return items.map(({ action }) => action).reverse();
  };
  const model = "FILTERED";
  const both = ["model.created", "version.registered"];
  expect(await actions({ model })).toEqual([...both, "model.updated"]);
  expect(await actions({ model, action: "model.*" })).toEqual(["model.created", "model.updated"]);
  expect(await actions({ model, action: "model.updated" })).toEqual(["model.updated"]);
  expect(await actions({ model, version: "1.0.0" })).toEqual(["version.registered"]);
  expect(await actions({ address: "10.9.8.7" })).toEqual(both);
  expect(await actions({ request_id: "request-7" })).toEqual(both);
  expect(await actions({ model, actor: "nobody" })).toEqual([]);
  expect(await actions({ model, actor: "anonymous" })).toHaveLength(3);
  const far = { since: "2999-01-01T00:00:00Z" };
  expect(await actions({ model, ...far })).toEqual([]);
  expect(await actions({ model, until: far.since })).toHaveLength(3);
});
