/** What somebody may do, in the words of the policy: asked by a page before a role is given, and of oneself. */
import type { z } from "zod";
import { type Actor, LEVELS, type Level, type Role } from "#lib/access/actor.ts";
import { assertMay, assertMayOn, may, PERMISSIONS, type Permission } from "#lib/access/policy.ts";
import { type SeenModel, visibleModels } from "#lib/access/visible-models.ts";
import { RegistryError } from "#lib/errors.ts";
import type { AccountsCtx } from "./accounts-context.ts";
import { grantsOf } from "./directory.ts";
import type { meSchema, RightsWire } from "./schema.ts";
import { ownId } from "./sessions.ts";
import { getAccountRow, groupsOf } from "./store.ts";

const ALL = Object.keys(PERMISSIONS) as Permission[];

export async function describeMe(ctx: AccountsCtx): Promise<z.infer<typeof meSchema>> {
  assertMay(ctx, "self.read");
  const account = ownId(ctx);
  const { id, kind, name, role, scopes, models, grants } = ctx.actor;
  const { admits } = visibleModels(ctx.actor);
  return {
    id,
    kind,
    name,
    role: role ?? "reader",
    groups: account === null ? [] : await groupsOf(ctx.db, account),
    scopes: scopes && [...scopes],
    models: models && [...models],
    permissions: ALL.filter((permission) => may(ctx, permission)),
    grants: [...grants].flatMap(([model, level]) => (admits(model) ? [{ model, level }] : [])),
  };
}

/** Of an account, on one model or in general, now or as if it had another role. Throws `account_not_found`, `model_not_found`. */
export async function describeRights(
  ctx: AccountsCtx,
  input: { id: string; model?: string | undefined; role?: Role | undefined },
): Promise<RightsWire> {
  assertMay(ctx, "account.manage");
  const account = await getAccountRow(ctx.db, { id: input.id });
  const isDisabled = account.disabledAt !== null;
  const role = isDisabled ? null : (input.role ?? (account.role as Role));
  const actor: Actor = {
    id: account.id,
    kind: account.kind as Actor["kind"],
    name: account.name,
    role,
    scopes: null,
    models: null,
    grants: await grantsOf(ctx.db, account.id),
  };
  const model = input.model === undefined ? undefined : await findModel(ctx, input.model);
  return {
    role,
    grants: [...actor.grants].map(([name, level]) => ({ model: name, level })),
    permissions: ALL.flatMap((name) => {
      const isOfModels = PERMISSIONS[name].resource === "model";
      if (model !== undefined && !isOfModels) return [];
      return [{ name, ...judge(actor, name, model) }];
    }),
  };
}

function judge(actor: Actor, name: Permission, model: SeenModel | undefined) {
  try {
    if (model === undefined) assertMay({ actor }, name);
    else assertMayOn({ actor }, name as "model.read", model, model.name);
  } catch (error) {
    const isHidden = (error as RegistryError).code === PERMISSIONS[name].hidden;
    if (!may({ actor }, "self.read")) return { allowed: false, reason: "disabled" };
    return { allowed: false, reason: isHidden ? "private" : PERMISSIONS[name].role };
  }
  const byRole = may({ actor: { ...actor, grants: new Map() } }, name);
  const level: Level | undefined = model
    ? actor.grants.get(model.name.toLowerCase())
    : LEVELS.findLast((each) => [...actor.grants.values()].includes(each));
  const { role } = actor;
  return { allowed: true, reason: byRole || !level ? `role ${role}` : `grant ${level}` };
}

async function findModel(ctx: AccountsCtx, name: string): Promise<SeenModel> {
  const model = await ctx.db.model.findUnique({ where: { nameKey: name.toLowerCase() } });
  if (model !== null && visibleModels(ctx.actor).has(model)) return model;
  throw new RegistryError("model_not_found", `There is no model named ${name}.`);
}
