import { randomUUID } from "node:crypto";
import type { z } from "zod";
import { assertMay } from "#lib/access/policy.ts";
import { recordChange } from "#lib/audit/record-change.ts";
import type { Ctx } from "#lib/context.ts";
import { isUniqueViolation } from "#lib/db/database-errors.ts";
import type { MlflowSync } from "#lib/db/generated/client.ts";
import { inTransaction } from "#lib/db/transaction.ts";
import { RegistryError } from "#lib/errors.ts";
import { checkTrackingUri } from "./check-tracking-uri.ts";
import { getSync, getSyncRow, syncToWire } from "./list-syncs.ts";
import { type createSyncBody, SYNCS_MAX, type SyncWire, type updateSyncBody } from "./schema.ts";

/** Throws `sync_exists`, `invalid_request`. */
export async function createSync(
  ctx: Ctx,
  { tracking_uri, ...input }: z.output<typeof createSyncBody>,
): Promise<SyncWire> {
  assertMay(ctx, "integration.manage");
  const trackingUri = await checkTrackingUri(ctx, tracking_uri);
  const stamp = { createdAt: ctx.now(), createdBy: ctx.actor.name, ...saved(ctx) };
  const made = inTransaction(ctx.db, async (tx) => {
    if ((await tx.mlflowSync.count()) >= SYNCS_MAX)
      throw new RegistryError("invalid_request", `There are ${SYNCS_MAX} of them already.`);
    const row = await tx.mlflowSync.create({
      data: { id: randomUUID(), ...input, trackingUri, ...stamp },
    });
    await recordChange(tx, ctx, { action: "sync.set", model: null, detail: detailOf(row) });
    return syncToWire(ctx, row, null);
  });
  return made.catch((error) => {
    throw nameTaken(error, input.name);
  });
}

/**
 * Whoever saves it answers for it from then on: it runs in that name. A credential is for the server that it was given for, so
 * it goes with another server's address. What was agreed on with a server belongs to its address, and stays. Throws `sync_not_found` and what `createSync` throws.
 */
export async function updateSync(
  ctx: Ctx,
  { id, tracking_uri, ...input }: { id: string } & z.output<typeof updateSyncBody>,
): Promise<SyncWire> {
  const before = await getSyncRow(ctx, id);
  const trackingUri =
    tracking_uri === undefined ? before.trackingUri : await checkTrackingUri(ctx, tracking_uri);
  const isElsewhere = new URL(trackingUri).origin !== new URL(before.trackingUri).origin;
  const data = {
    ...(isElsewhere ? { username: null, secret: null } : {}),
    ...Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)),
    trackingUri,
    ...saved(ctx),
  };
  const changed = inTransaction(ctx.db, async (tx) => {
    const row = await tx.mlflowSync.update({ where: { id }, data });
    await recordChange(tx, ctx, { action: "sync.set", model: null, detail: detailOf(row) });
  });
  await changed.catch((error) => {
    throw nameTaken(error, input.name ?? before.name);
  });
  return getSync(ctx, { id });
}

/** What was brought here or there stays. Throws `sync_not_found`. */
export async function removeSync(ctx: Ctx, { id }: { id: string }): Promise<void> {
  const row = await getSyncRow(ctx, id);
  await inTransaction(ctx.db, async (tx) => {
    await tx.mlflowSync.deleteMany({ where: { id } });
    await recordChange(tx, ctx, { action: "sync.removed", model: null, detail: detailOf(row) });
  });
}

const saved = (ctx: Ctx) => ({
  savedById: ctx.actor.id,
  savedBy: ctx.actor.name,
  savedAt: ctx.now(),
});

/** What the audit log keeps; never the secret. */
function detailOf(row: MlflowSync) {
  const { id, name, trackingUri, models, direction, schedule, policy, deletions } = row;
  return { id, name, tracking_uri: trackingUri, models, direction, schedule, policy, deletions };
}

function nameTaken(error: unknown, name: string): unknown {
  if (!isUniqueViolation(error)) return error;
  return new RegistryError("sync_exists", `A synchronisation named ${name} exists.`, {
    cause: error,
  });
}
