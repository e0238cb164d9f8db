/** Who may do what with models. Called first by every use case of this room. */
import type { Ctx } from "#lib/context.ts";
import { RegistryError } from "#lib/errors.ts";

export type Permission =
  | "model.read"
  | "model.write"
  | "model.delete"
  | "version.register"
  | "version.promote"
  | "audit.read";

/** While accounts are off (`api.auth_required: false`), `anonymous` may do everything. */
export function assertMay(ctx: Ctx, permission: Permission): void {
  if (ctx.actor.kind === "anonymous" && ctx.config.api.authRequired) {
    throw new RegistryError("unauthenticated", `Sign in to do this (${permission}).`);
  }
}
