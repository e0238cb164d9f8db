import { randomUUID } from "node:crypto";
import { beforeEach, expect, it } from "vitest";
import { CONFINED, userActor } from "../../../tests/support/actors.ts";
import { tinyModel } from "../../../tests/support/model-files.ts";
import { modelRegistry } from "../../../tests/support/model-registry.ts";
import { UNKNOWN } from "../../../tests/support/verdict-files.ts";
import { moveAlias, removeAlias } from "../move-alias.ts";
import { purgeVersion } from "../purge-version.ts";
import { setStage } from "../set-stage.ts";
import { trashModel } from "../trash-model.ts";
import { trashVersion } from "../trash-version.ts";
import { decideMove, withdrawMove } from "./decide-move.ts";
import { listMoveRequests, listPossibleMoves } from "./list-moves.ts";
import { listProtections, removeProtection, setProtection } from "./manage-protections.ts";
import { requestMove } from "./request-move.ts";
import { setProtectionBody } from "./schema.ts";

const registry = modelRegistry();
const ana = registryCtx("ana");
const bea = registryCtx("bea");
const cid = registryCtx("cid");
function registryCtx(name: string) {
  return () => registry.ctxFor(userActor(name, { role: "maintainer" }));
}
const contributor = () => registry.ctxFor(userActor("dan"));
let name: string;
let count = 0;
beforeEach(async () => {
  await registry.ctx.db.protection.deleteMany();
  count += 1;
  name = `guarded-${count}`;
});

const protect = (more: object, pattern = name) =>
  setProtection(
    registry.ctx,
    setProtectionBody.parse({ pattern, kind: "alias", target: "prod", ...more }),
  );
const move = (version = "1.0.0", ctx = contributor(), more = {}) =>
  moveAlias(ctx, { name, alias: "prod", version, ...more });
const ask = (version = "1.0.0", ctx = contributor(), more = {}) =>
  requestMove(ctx, {
    name,
    version,
    kind: "alias",
    target: "prod",
    comment: "please",
    accept_risk: false,
    ...more,
  });
const decide = (
  ctx: ReturnType<typeof ana>,
  id: string,
  decision: "approve" | "refuse" = "approve",
) => decideMove(ctx, { name, id: BigInt(id), decision, comment: "because" });
const refusal = (pointer: string, detail: RegExp | string) => ({
  code: "move_protected",
  problems: [{ pointer, detail: expect.stringMatching(detail) }],
});

it("requires a clean verdict, which no accepted risk stands in for", async () => {
  await registry.register(name, { "model.bin": UNKNOWN });
  await protect({ require_clean: true });
  const accepted = { accept_risk: true, comment: "why not" };
  await expect(move("1.0.0", contributor(), accepted)).rejects.toMatchObject(
    refusal("/verdict", "the verdict is suspicious, not clean"),
  );
  await registry.register(name);
  expect(await move("1.0.1")).toMatchObject({ version: "1.0.1" });
});

it("requires what a rule says of the metadata", async () => {
  for (const metadata of [{ accuracy: 0.85 }, {}, { accuracy: 0.95 }])
    await registry.register(
      name,
      { "m.safetensors": tinyModel(Object.keys(metadata).length) },
      { metadata },
    );
  await protect({ rule: "accuracy >= 0.9" });
  await expect(move("1.0.0")).rejects.toMatchObject(
    refusal("/metadata", /accuracy >= 0.9 does not hold, the metadata has 0.85/),
  );
  await expect(move("1.0.1")).rejects.toMatchObject(refusal("/metadata", /has nothing/));
  expect(await move("1.0.2")).toMatchObject({ version: "1.0.2" });
});

it("requires the tensors of the version that is there now, and nothing of the first", async () => {
  await registry.register(name, { "m.safetensors": tinyModel(1) });
  await registry.register(name, { "m.safetensors": tinyModel(2) });
  await registry.register(name, { "m.safetensors": tinyModel(3, 20) });
  await protect({ require_same_tensors: true });
  await move("1.0.0");
  expect(await move("1.0.1")).toMatchObject({ version: "1.0.1" });
  await expect(move("1.0.2")).rejects.toMatchObject(
    refusal("/tensors", /^[1-9]\d* tensors differ from those of 1.0.1/),
  );
});

it("holds by a name, by its beginning and in any case, together; other targets stay free", async () => {
  await registry.register(name, undefined, { metadata: { a: 1 } });
  await protect({ rule: "a >= 2" }, name.toUpperCase());
  await protect({ rule: "b == 1" }, "guarded-*");
  await protect({ rule: "c == 1" }, "*");
  await protect({ rule: "d == 1" }, `${name}x*`);
  await protect({ rule: "e == 1" }, "guarded_*");
  await expect(move()).rejects.toMatchObject({
    problems: [1, 2, 3].map(() => ({ pointer: "/metadata" })),
  });
  await moveAlias(contributor(), { name, alias: "other", version: "1.0.0" });
  await setStage(contributor(), { name, ref: "1.0.0", stage: "production" });
});

it("guards a stage as well, and lets a version out of it", async () => {
  await registry.register(name, undefined, { metadata: { a: 1 } });
  await protect({ kind: "stage", target: "production", rule: "a > 1" });
  const stage = (to: "production" | "staging" | "archived") =>
    setStage(contributor(), { name, ref: "1.0.0", stage: to });
  await expect(stage("production")).rejects.toMatchObject({ code: "move_protected" });
  await stage("staging");
  await protect({ kind: "stage", target: "production", rule: "a == 1" });
  await stage("production");
  await stage("archived");
});

it("is emptied by nobody who could not change it, so that the next version has one to be compared with", async () => {
  await registry.register(name, { "m.safetensors": tinyModel(1, 4) });
  await registry.register(name, { "m.safetensors": tinyModel(2, 8) });
  const owner = registry.ctxFor(
    userActor("dan", { grants: new Map([[name.toLowerCase(), "owner"]]) }),
  );
  const isRefused = (work: Promise<unknown>) =>
    expect(work).rejects.toMatchObject({ code: "move_protected" });
  const stage = (to: "production" | "none", ref = "1.0.0", ctx = owner) =>
    setStage(ctx, { name, ref, stage: to });

  await protect({ kind: "stage", target: "production", require_same_tensors: true });
  await stage("production");
  await isRefused(stage("production", "1.0.1"));
  await isRefused(stage("none"));
  await isRefused(trashVersion(owner, { name, ref: "1.0.0" }));
  await stage("none", "1.0.0", ana());

  await move("1.0.0", owner);
  await protect({ require_same_tensors: true });
  await isRefused(move("1.0.1", owner));
  await isRefused(removeAlias(owner, { name, alias: "prod" }));
  await isRefused(trashVersion(owner, { name, ref: "1.0.0" }));
  await trashVersion(ana(), { name, ref: "1.0.0" });
  await isRefused(purgeVersion(owner, { name, ref: "1.0.0" }));
  await purgeVersion(ana(), { name, ref: "1.0.0" });
});

it("holds for the name in any case, which people take for the same", async () => {
  await registry.register(name);
  await protect({ rule: "a > 1" });
  await expect(
    moveAlias(contributor(), { name, alias: "PROD", version: "1.0.0" }),
  ).rejects.toMatchObject({ code: "move_protected" });
});

it("counts no approval of a program, nor of whoever may not decide any more", async () => {
  await registry.register(name);
  await protect({ approvals: 2 });
  const { id } = await ask();
  const robot = registry.ctxFor(userActor("robot", { role: "maintainer", kind: "service" }));
  await expect(decide(robot, id)).rejects.toMatchObject({ code: "forbidden" });

  const account = async (role: string) => {
    const data = { id: randomUUID(), kind: "user", role, createdBy: "x", createdById: "x" };
    const key = `${role}-${data.id}`;
    return registry.ctx.db.account.create({ data: { ...data, name: key, nameKey: key } });
  };
  const [left, demoted, kept] = await Promise.all([1, 2, 3].map(() => account("maintainer")));
  const as = (one = left) =>
    registry.ctxFor(userActor("x", { id: one?.id ?? "", role: "maintainer" }));
  await decide(as(left), id);
  await registry.ctx.db.account.update({
    where: { id: left?.id ?? "" },
    data: { disabledAt: new Date() },
  });
  expect(await decide(as(demoted), id)).toMatchObject({ state: "open" });
  await registry.ctx.db.account.update({
    where: { id: demoted?.id ?? "" },
    data: { role: "contributor" },
  });
  expect(await decide(as(kept), id)).toMatchObject({ state: "open" });
  expect(await decide(ana(), id)).toMatchObject({ state: "done" });
});

it("takes approvals by others, and makes the move with the last one", async () => {
  await registry.register(name);
  await protect({ approvals: 2 });
  await expect(move()).rejects.toMatchObject(refusal("/approvals", /0 of 2 approvals/));
  const { id, checks } = await ask();
  expect(checks).toEqual([{ kind: "approvals", passes: false, wanted: "2", found: "0" }]);
  await expect(ask("1.0.0", ana())).rejects.toMatchObject({ code: "move_request_exists" });
  await expect(decide(contributor(), id)).rejects.toMatchObject({ code: "forbidden" });
  expect(await decide(ana(), id)).toMatchObject({ state: "open" });
  // Once more is no second one.
  expect(await decide(ana(), id)).toMatchObject({ state: "open", decisions: [{ actor: "ana" }] });
  await expect(move()).rejects.toMatchObject(refusal("/approvals", /1 of 2 approvals/));
  expect(await decide(bea(), id)).toMatchObject({ state: "done", problem: null, checks: [] });
  await expect(decide(cid(), id)).rejects.toMatchObject({ code: "move_request_closed" });
  const audit = (await registry.auditOf(name)).filter(({ action }) =>
    /^(move|alias)\./.test(action),
  );
  expect(audit.map(({ action, actor }) => [action, actor])).toEqual([
    ["move.requested", "dan"],
    ["move.approved", "ana"],
    ["move.approved", "ana"],
    ["move.approved", "bea"],
    ["alias.moved", "bea"],
  ]);
  expect(audit.at(-1)?.detail).toMatchObject({
    request: id,
    requested_by: "dan",
    comment: "please",
  });
});

it("lets nobody decide about an own request, whatever the role", async () => {
  await registry.register(name);
  await protect({ approvals: 1 });
  const { id } = await ask("1.0.0", ana());
  await expect(decide(ana(), id)).rejects.toMatchObject({ code: "forbidden" });
  const renamed = registry.ctxFor({ ...userActor("ana", { role: "administrator" }), name: "Ana" });
  await expect(decide(renamed, id)).rejects.toMatchObject({ code: "forbidden" });
  expect(await decide(bea(), id)).toMatchObject({ state: "done" });
});

it("counts approvals for the version that was asked for only, and once", async () => {
  await registry.register(name);
  await registry.register(name);
  await protect({ approvals: 1, rule: "ready == true" });
  const { id } = await ask("1.0.0");
  // Approved, but the rule does not hold.
  expect(await decide(bea(), id)).toMatchObject({
    state: "open",
    problem: expect.stringContaining("ready == true does not hold"),
  });
  await protect({ approvals: 1 });
  await expect(move("1.0.1")).rejects.toMatchObject(refusal("/approvals", /0 of 1/));
  await move("1.0.0");
  const away = await registry.register(name);
  await protect({ approvals: 1 }, "*");
  await removeAlias(ana(), { name, alias: "prod" });
  await expect(move("1.0.0")).rejects.toMatchObject(refusal("/approvals", /0 of 1/));
  expect(away.version.version).toBe("1.0.2");
});

it("needs more approvals when the protection asks for more meanwhile", async () => {
  await registry.register(name);
  await protect({ approvals: 1 });
  const { id } = await ask();
  await protect({ approvals: 2 });
  expect(await decide(ana(), id)).toMatchObject({ state: "open", problem: null });
  expect(await decide(bea(), id)).toMatchObject({ state: "done" });
});

it("ends with one refusal, and when it is taken back", async () => {
  await registry.register(name);
  await protect({ approvals: 1 });
  const first = await ask();
  expect(await decide(ana(), first.id, "refuse")).toMatchObject({
    state: "refused",
    decisions: [{ actor: "ana", decision: "refuse", comment: "because" }],
  });
  const second = await ask();
  const withdraw = (ctx: ReturnType<typeof ana>, id: string) =>
    withdrawMove(ctx, { name, id: BigInt(id) });
  await expect(withdraw(registry.ctxFor(userActor("eve")), second.id)).rejects.toMatchObject({
    code: "forbidden",
  });
  await withdraw(contributor(), second.id);
  await expect(decide(ana(), second.id)).rejects.toMatchObject({ code: "move_request_closed" });
  const third = await ask();
  await withdraw(bea(), third.id);
  const { items, total } = await listMoveRequests(registry.ctx, { name, limit: 2 });
  expect([total, items.map(({ id, state }) => [id, state])]).toEqual([
    3,
    [
      [third.id, "withdrawn"],
      [second.id, "withdrawn"],
    ],
  ]);
});

it("carries the accepted risk of who asked, where the protection lets it pass", async () => {
  await registry.register(name, { "model.bin": UNKNOWN });
  await protect({ approvals: 1 });
  const plain = await ask();
  expect(await decide(ana(), plain.id)).toMatchObject({
    state: "open",
    problem: expect.any(String),
  });
  await withdrawMove(contributor(), { name, id: BigInt(plain.id) });
  const risky = await ask("1.0.0", contributor(), { accept_risk: true });
  expect(await decide(ana(), risky.id)).toMatchObject({ state: "done", problem: null });
});

it("asks no approval where none is needed, and lets no contributor remove a protected alias", async () => {
  await registry.register(name);
  await expect(ask()).rejects.toMatchObject({ code: "move_not_protected" });
  await move();
  await protect({ require_clean: true });
  await expect(ask()).rejects.toMatchObject({ code: "move_not_protected" });
  const remove = (ctx: ReturnType<typeof ana>) => removeAlias(ctx, { name, alias: "prod" });
  await expect(remove(contributor())).rejects.toMatchObject({ code: "move_protected" });
  await remove(ana());
});

it("tells the moves that a version could make, and how they stand", async () => {
  await registry.register(name, undefined, { metadata: { accuracy: 0.95 } });
  await protect({ approvals: 1, rule: "accuracy >= 0.9", require_clean: true });
  await protect({ kind: "stage", target: "production", approvals: 1 });
  const { id } = await ask();
  expect(await listPossibleMoves(registry.ctx, { name, ref: "1.0.0" })).toMatchObject({
    items: [
      {
        kind: "alias",
        target: "prod",
        is_there: false,
        approvals: 1,
        checks: [
          { kind: "verdict", passes: true },
          { kind: "metadata", passes: true, found: "0.95" },
          { kind: "approvals", passes: false },
        ],
        request: { id, state: "open" },
      },
      { kind: "stage", target: "production", request: null },
    ],
  });
});

it("makes concurrent approvals one move", async () => {
  await registry.register(name);
  await protect({ approvals: 2 });
  const { id } = await ask();
  await Promise.all([decide(ana(), id), decide(bea(), id)]);
  const moved = (await registry.auditOf(name)).filter(({ action }) => action === "alias.moved");
  expect(moved).toHaveLength(1);
});

it("protections are a maintainer's, audited, and those of models that one may not see are hidden", async () => {
  await expect(
    setProtection(
      contributor(),
      setProtectionBody.parse({ pattern: "x", kind: "alias", target: "p", approvals: 1 }),
    ),
  ).rejects.toMatchObject({ code: "forbidden" });
  const { created, protection } = await protect({ approvals: 1 });
  expect(created).toBe(true);
  expect(await protect({ approvals: 2 })).toMatchObject({
    created: false,
    protection: { id: protection.id },
  });
  const confined = registry.ctxFor(CONFINED);
  expect(await listProtections(confined)).toEqual({ items: [] });
  for (const pattern of ["*", "min*", "theirs"])
    await expect(
      setProtection(
        confined,
        setProtectionBody.parse({ pattern, kind: "alias", target: "p", approvals: 1 }),
      ),
    ).rejects.toMatchObject({ code: "forbidden" });
  const mine = setProtectionBody.parse({
    pattern: "MINE-a*",
    kind: "alias",
    target: "p",
    approvals: 1,
  });
  await setProtection(confined, mine);
  expect((await listProtections(confined)).items).toMatchObject([{ pattern: "MINE-a*" }]);
  const id = BigInt(protection.id);
  await expect(removeProtection(confined, { id })).rejects.toMatchObject({
    code: "protection_not_found",
  });
  await removeProtection(registry.ctx, { id });
  const [entry] = await registry.ctx.db.auditEntry.findMany({ orderBy: { id: "desc" }, take: 1 });
  expect(entry).toMatchObject({
    action: "protection.removed",
    modelName: name,
    detail: { pattern: name, target: "prod" },
  });
});

it("goes with its model", async () => {
  await registry.register(name);
  await protect({ approvals: 1 });
  const { id } = await ask();
  await trashModel(registry.ctx, { name });
  await expect(decide(ana(), id)).rejects.toMatchObject({ code: "model_not_found" });
});

it.each([
  { pattern: "" },
  { pattern: "a*b" },
  { pattern: "../x" },
  { pattern: "x".repeat(200) },
  { target: "latest" },
  { kind: "stage", target: "none" },
  { kind: "stage", target: "prod" },
  { rule: "process.exit()" },
  { rule: "a == 1; drop" },
  { approvals: -1 },
  { approvals: 11 },
  { approvals: 1.5 },
  { approvals: 0 },
  { owner: "me" },
])("refuses the protection %j", (more) => {
  const body = { pattern: "net", kind: "alias", target: "prod", approvals: 1, ...more };
  expect(setProtectionBody.safeParse(body).success).toBe(false);
});
