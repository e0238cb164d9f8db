import { expect, it } from "vitest";
import { userActor } from "../../tests/support/actors.ts";
import { modelRegistry } from "../../tests/support/model-registry.ts";
import { expectRefusals } from "../../tests/support/refusals.ts";
import { PAYLOAD } from "../../tests/support/verdict-files.ts";
import { listAliasHistory } from "./list-alias-history.ts";
import { moveAlias, removeAlias } from "./move-alias.ts";
import { trashModel } from "./trash-model.ts";
import { restoreVersion, trashVersion } from "./trash-version.ts";

const registry = modelRegistry();

/** A model with the versions 1.0.0, 1.0.1 and so on. */
async function registerVersions(name: string, count = 2): Promise<void> {
  for (let made = 0; made < count; made += 1) await registry.register(name);
}
const move = (name: string, version: string, alias = "champion") =>
  moveAlias(registry.ctx, { name, alias, version });
const historyOf = async (name: string) =>
  (await listAliasHistory(registry.ctx, { name, alias: "champion" })).items;

it("makes a new alias, whose model is found in any case", async () => {
  await registerVersions("Named");
  const ctx = registry.ctxFor(userActor("ana"));
  const { answer, audit, records } = await registry.observe("Named", () =>
    moveAlias(ctx, { name: "nAMED", alias: "champion", version: "1.0.0", comment: "best" }),
  );
  expect(answer).toMatchObject({
    alias: "champion",
    model: "Named",
    version: "1.0.0",
    updated_by: "ana",
  });
  expect(audit).toEqual([
    {
      action: "alias.moved",
      version: "1.0.0",
      actor: "ana",
      detail: { alias: "champion", before: null, after: "1.0.0", comment: "best" },
    },
  ]);
  expect(records).toEqual(["write Named"]);
});

it("takes any ref, and every move is kept", async () => {
  await registerVersions("moved");
  await move("moved", "1.0.0");
  await move("moved", "latest");
  await move("moved", "1.0.0", "other");
  expect(await move("moved", "@other")).toMatchObject({ version: "1.0.0" });
  expect(await historyOf("moved")).toMatchObject([
    { from_version: "1.0.1", to_version: "1.0.0" },
    { from_version: "1.0.0", to_version: "1.0.1" },
    { from_version: null, to_version: "1.0.0" },
  ]);
});

it("changes nothing when the alias points there already", async () => {
  await registerVersions("still", 1);
  const first = await move("still", "1.0.0");
  const { answer, audit, records } = await registry.observe("still", () => move("still", "latest"));
  expect([answer, audit, records]).toEqual([first, [], []]);
  expect(await historyOf("still")).toHaveLength(1);
});

it("names a version that is not clean with a reason only", async () => {
  await registry.register("risky", { "model.pkl": PAYLOAD });
  await expect(move("risky", "1.0.0")).rejects.toMatchObject({ code: "version_not_clean" });
  const accepted = { accept_risk: true, comment: "in a sandbox" };
  const input = { name: "risky", alias: "champion", version: "1.0.0", ...accepted };
  await moveAlias(registry.ctx, input);
  const { detail } = (await registry.auditOf("risky")).at(-1) ?? {};
  expect(detail).toMatchObject({ accepted_verdict: "malicious", comment: "in a sandbox" });
});

it("finds neither a trashed version nor one of a trashed model", async () => {
  await registerVersions("gone");
  await trashVersion(registry.ctx, { name: "gone", ref: "1.0.1" });
  await expect(move("gone", "1.0.1")).rejects.toMatchObject({ code: "version_not_found" });
  await expect(move("gone", "@nobody")).rejects.toMatchObject({ code: "alias_not_found" });
  await trashModel(registry.ctx, { name: "gone" });
  await expect(move("gone", "1.0.0")).rejects.toMatchObject({ code: "model_not_found" });
});

it("moves an alias away from a trashed version, which does not take it back", async () => {
  await registerVersions("replaced");
  await move("replaced", "1.0.1");
  await trashVersion(registry.ctx, { name: "replaced", ref: "1.0.1" });
  expect(await move("replaced", "1.0.0")).toMatchObject({ version: "1.0.0" });
  const restored = await restoreVersion(registry.ctx, { name: "replaced", ref: "1.0.1" });
  expect(restored.aliases).toEqual([]);
  expect((await historyOf("replaced"))[0]).toMatchObject({ from_version: "1.0.1" });
});

it("removes an alias, and its history stays", async () => {
  await registerVersions("freed", 1);
  await move("freed", "1.0.0");
  const { audit, records } = await registry.observe("freed", () =>
    removeAlias(registry.ctx, { name: "FREED", alias: "champion" }),
  );
  const [entry] = audit;
  expect(audit).toHaveLength(1);
  expect(entry).toMatchObject({ action: "alias.removed", version: "1.0.0" });
  expect(entry?.detail).toEqual({ alias: "champion" });
  expect(records).toEqual(["write freed"]);
  expect((await historyOf("freed"))[0]).toMatchObject({ from_version: "1.0.0", to_version: null });
});

it("removes no alias that is not there", async () => {
  await registerVersions("bare", 1);
  const { audit } = await registry.observe("bare", () =>
    expect(removeAlias(registry.ctx, { name: "bare", alias: "champion" })).rejects.toMatchObject({
      code: "alias_not_found",
    }),
  );
  expect(audit).toEqual([]);
});

it("takes a contributor who sees the model", async () => {
  await registerVersions("theirs", 1);
  await move("theirs", "1.0.0");
  const who = { least: "contributor", hidden: "theirs" } as const;
  await expectRefusals(registry, who, (ctx, name) =>
    moveAlias(ctx, { name, alias: "new", version: "latest" }),
  );
  await expectRefusals(registry, who, (ctx, name) => removeAlias(ctx, { name, alias: "champion" }));
});
