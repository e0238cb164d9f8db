import { beforeAll, expect, it } from "vitest";
import { anonymous } from "#lib/access/actor.ts";
import { visibleModels } from "#lib/access/visible-models.ts";
import { RULES_VERSION } from "#lib/scan/rules-version.ts";
import { CONFINED, READER, userActor } from "../../tests/support/actors.ts";
import { modelRegistry } from "../../tests/support/model-registry.ts";
import { PAYLOAD, UNKNOWN } from "../../tests/support/verdict-files.ts";
import { LISTED_FINDINGS_MAX, type ListFindingsInput } from "./findings-schema.ts";
import { countNotClean, listFindings } from "./list-findings.ts";
import { moveAlias } from "./move-alias.ts";
import { trashModel } from "./trash-model.ts";
import { trashVersion } from "./trash-version.ts";

const registry = modelRegistry();
const granted = userActor("granted", { role: "reader", grants: new Map([["secret", "read"]]) });

const list = async (asked: Partial<ListFindingsInput> = {}, ctx = registry.ctx) => {
  const { items, ...page } = await listFindings(ctx, { limit: 50, ...asked });
  return { ...page, names: items.map(({ model, version }) => `${model} ${version}`) };
};

/** The newest first. */
const ALL = ["secret 1.0.0", "mine-b 1.0.0", "50%_off 1.0.0", "many 1.0.1"];

beforeAll(async () => {
  const { ctx } = registry;
  // A clean version hides nothing: the list is of versions, not of the latest ones.
  await registry.register("many");
  await registry.register("many", { "weights.bin": UNKNOWN });
  await registry.register("many");
  await moveAlias(ctx, {
    name: "many",
    alias: "old",
    version: "1.0.1",
    accept_risk: true,
    comment: "x",
  });
  await registry.register("50%_off", { "model.pkl": PAYLOAD });
  await registry.register("mine-b", { "model.pkl": `${PAYLOAD} ` });
  await registry.register("secret", { "model.pkl": `${PAYLOAD}  ` });
  await ctx.db.model.updateMany({ where: { name: "secret" }, data: { visibility: "private" } });
  for (const name of ["trashed", "gone"])
    await registry.register(name, { "model.pkl": `${PAYLOAD}${name}` });
  await trashModel(ctx, { name: "trashed" });
  await trashVersion(ctx, { name: "gone", ref: "1.0.0" });
  await registry.register("elsewhere");
  await ctx.db.version.updateMany({
    where: { model: { name: "elsewhere" } },
    data: { location: "s3://bucket/x", verdict: "unscannable" },
  });
});

it("gives versions that are not clean, the newest first, with what was found in them", async () => {
  expect(await list()).toEqual({ names: ALL, total: 4, next_cursor: null });
  const { items } = await listFindings(registry.ctx, { limit: 1 });
  expect(items[0]).toMatchObject({
    model: "secret",
    verdict: "malicious",
    stage: "none",
    aliases: [],
    finding_count: 2,
    rules_version: RULES_VERSION,
    findings: [
      { severity: "malicious", code: "pickle_executor", file: "model.pkl" },
      { severity: "suspicious", code: "pickle_trailing_bytes" },
    ],
  });
  const many = await listFindings(registry.ctx, { limit: 1, query: "many" });
  expect(many.items[0]).toMatchObject({ verdict: "suspicious", aliases: ["old"] });
});

it("gives the worst findings of a version that has many, and how many there are", async () => {
  const findings = Array.from({ length: 20 }, (_, index) => ({
    severity: "malicious",
    code: "x",
    detail: `number ${index}`,
    file: "model.pkl",
  }));
  const where = { model: { name: "50%_off" } };
  const before = await registry.ctx.db.version.findFirstOrThrow({ where });
  await registry.ctx.db.version.updateMany({ where, data: { findings } });
  // What is not listed is found all the same.
  const { items, total } = await listFindings(registry.ctx, { limit: 5, query: "number 19" });
  expect(total).toBe(1);
  expect(items[0]?.findings).toEqual(findings.slice(0, LISTED_FINDINGS_MAX));
  expect(items[0]?.finding_count).toBe(20);
  await registry.ctx.db.version.updateMany({
    where,
    data: { findings: before.findings as object[] },
  });
});

it("gives all of them in pages", async () => {
  const seen: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await list({ limit: 1, ...(cursor ? { cursor } : {}) });
    expect(page.total).toBe(4);
    seen.push(...page.names);
    if (page.next_cursor === null) break;
    cursor = page.next_cursor;
  }
  expect(seen).toEqual(ALL);
  await expect(list({ cursor: "nonsense" })).rejects.toMatchObject({ code: "invalid_cursor" });
});

it.each([
  [{ verdict: "suspicious" }, ["many 1.0.1"]],
  [{ verdict: "malicious" }, ALL.slice(0, 3)],
  [{ verdict: "pending" }, []],
  [{ query: "MANY" }, ["many 1.0.1"]],
  [{ query: "1.0.1" }, ["many 1.0.1"]],
  [{ query: "posix.SYSTEM" }, []],
  [{ query: "OS.SYSTEM" }, ALL.slice(0, 3)],
  [{ query: "model.pkl", verdict: "suspicious" }, []],
  [{ query: "weights.bin" }, ["many 1.0.1"]],
  // Wildcards and the names of members mean nothing.
  [{ query: "%" }, ["50%_off 1.0.0"]],
  [{ query: "severity" }, []],
  [{ query: "'; drop table model; --" }, []],
  [{ query: "\\" }, []],
] as const)("by %j", async (asked, names) => {
  const found = await list(asked);
  expect([...found.names].sort()).toEqual([...names].sort());
  expect(found.total).toBe(names.length);
});

it("tells nobody of models that he may not see", async () => {
  const without = ALL.slice(1);
  for (const [actor, names] of [
    [READER, without],
    [granted, ALL],
    [CONFINED, ["mine-b 1.0.0"]],
  ] as const) {
    const ctx = registry.ctxFor(actor);
    expect(await list({}, ctx)).toEqual({ names, total: names.length, next_cursor: null });
    expect(await countNotClean(ctx.db, visibleModels(actor))).toBe(names.length);
    expect((await list({ query: "secret" }, ctx)).total).toBe(actor === granted ? 1 : 0);
  }
  await expect(list({}, registry.ctxFor(anonymous(true)))).rejects.toMatchObject({
    code: "unauthenticated",
  });
});
