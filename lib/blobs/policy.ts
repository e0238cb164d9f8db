/** Who may look into the storage and work on it. */
import type { Ctx } from "#lib/context.ts";
import { RegistryError } from "#lib/errors.ts";

export type StoragePermission = "storage.read" | "storage.maintain";

/** While accounts are off (`api.auth_required: false`), `anonymous` may do everything. */
export function assertMay(ctx: Ctx, permission: StoragePermission): void {
  if (ctx.actor.kind === "anonymous" && ctx.config.api.authRequired)
    throw new RegistryError("unauthenticated", `Sign in to do this (${permission}).`);
}
