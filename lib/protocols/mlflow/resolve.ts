/** From what clients of MLflow call models and versions to what our use cases call them. */
import { assertMayOn, type ModelPermission } from "#lib/access/policy.ts";
import { RegistryError } from "#lib/errors.ts";
import type { ModelCtx } from "#lib/models/model-context.ts";
import { versionNotFound } from "./call.ts";
import { type FoundVersion, findModel, findSlug, findVersion } from "./store.ts";
import {
  type ModelVersionWire,
  modelToWire,
  type RegisteredModelWire,
  versionToWire,
} from "./wire.ts";

const INT_MAX = 2 ** 31 - 1;

/** Throws `invalid_request` in MLflow's words. */
export function numberOf(version: string): number {
  const number = /^\s*[+-]?\d{1,15}\s*$/.test(version) ? Number(version) : null;
  if (number !== null) return Math.min(Math.max(number, 0), INT_MAX);
  throw new RegistryError(
    "invalid_request",
    `Parameter 'version' must be an integer, got '${version.slice(0, 200).toWellFormed()}'.`,
  );
}

/** The model's own name. Whoever may not see it gets the same error as for one that does not exist. */
export async function slugOf(
  ctx: ModelCtx,
  permission: ModelPermission,
  name: string,
): Promise<string> {
  const found = await findSlug(ctx.db, name);
  assertMayOn(ctx, permission, found, name);
  return found.name;
}

export async function getVersion(
  ctx: ModelCtx,
  permission: ModelPermission,
  { name, version }: { name: string; version: string },
): Promise<FoundVersion> {
  const number = numberOf(version);
  const found = await findVersion(ctx.db, name, number);
  if (found === null) throw versionNotFound(name, version);
  assertMayOn(ctx, permission, found, name);
  if (found.body === null) throw versionNotFound(name, version);
  return found.body;
}

export async function modelAnswer(
  ctx: ModelCtx,
  name: string,
  baseUrl: string,
): Promise<{ registered_model: RegisteredModelWire }> {
  const found = await findModel(ctx.db, name);
  assertMayOn(ctx, "model.read", found, name);
  return { registered_model: modelToWire(found.body, baseUrl) };
}

export async function versionAnswer(
  ctx: ModelCtx,
  asked: { name: string; version: string },
  baseUrl: string,
): Promise<{ model_version: ModelVersionWire }> {
  return { model_version: versionToWire(await getVersion(ctx, "model.read", asked), baseUrl) };
}
