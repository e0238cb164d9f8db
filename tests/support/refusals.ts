/** What a use case of models says to everybody who may not. */
import { expect } from "vitest";
import { anonymous, ROLES, type Role } from "../../lib/access/actor.ts";
import type { ModelCtx } from "../../lib/models/model-context.ts";
import { CONFINED, userActor } from "./actors.ts";
import type { ModelRegistry } from "./model-registry.ts";

/**
 * `use` takes the role `least`: each lower one is refused, and so is nobody. A confined actor gets the same for the
 * model `hidden` as for one that does not exist. Nothing is written down of all this but that it was refused.
 */
export async function expectRefusals(
  registry: ModelRegistry,
  { least, hidden }: { least: Role; hidden: string },
  use: (ctx: ModelCtx, name: string) => Promise<unknown>,
): Promise<void> {
  const before = await changesOf(registry, hidden);
  for (const role of ROLES.slice(0, ROLES.indexOf(least))) {
    const lower = registry.ctxFor(userActor("lower", { role }));
    await expect(use(lower, hidden)).rejects.toMatchObject({ code: "forbidden" });
  }
  const nobody = registry.ctxFor(anonymous(true));
  await expect(use(nobody, hidden)).rejects.toMatchObject({ code: "unauthenticated" });
  const enough = registry.ctxFor(userActor("enough", { role: least }));
  const missing = await refusalOf(use(enough, "missing"));
  expect(missing).toMatchObject({ code: "model_not_found" });
  expect(await refusalOf(use(registry.ctxFor(CONFINED), hidden))).toEqual({
    code: missing.code,
    detail: missing.detail.replaceAll("missing", hidden),
  });
  expect(await changesOf(registry, hidden)).toEqual(before);
}

async function refusalOf(used: Promise<unknown>): Promise<{ code: string; detail: string }> {
  const error = await used.then(
    () => Promise.reject(new Error("nothing was refused")),
    (reason) => reason,
  );
  return { code: error.code, detail: error.detail };
}

/** Without the refusals, which are written a moment later and together. */
async function changesOf(registry: ModelRegistry, name: string) {
  return (await registry.auditOf(name)).filter(({ action }) => action !== "request.refused");
}
