/** What one run was asked for in place of what its rule says. It holds for that run alone: the rule stays as it is. */
import type { z } from "zod";
import type { Ctx } from "#lib/context.ts";
import type { MlflowRunOverride, MlflowSync } from "#lib/db/generated/client.ts";
import type { TransactionClient } from "#lib/db/transaction.ts";
import { checkTrackingUri } from "./check-tracking-uri.ts";
import type { OverrideWire, overrideBody } from "./schema.ts";

export type Override = Pick<MlflowRunOverride, "username" | "secret"> & { fields: OverrideWire };

/** null where nothing was given. Throws `invalid_request`. */
export async function checkOverride(
  ctx: Ctx,
  { username, secret, ...given }: z.output<typeof overrideBody>,
): Promise<Override | null> {
  const fields = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  ) as OverrideWire;
  if (fields.tracking_uri !== undefined)
    fields.tracking_uri = await checkTrackingUri(ctx, fields.tracking_uri);
  if (Object.keys(fields).length === 0 && secret === undefined) return null;
  return {
    fields,
    username: secret === undefined ? null : (username ?? null),
    secret: secret ?? null,
  };
}

export async function saveOverride(
  tx: TransactionClient,
  at: { operationId: bigint; syncId: string },
  override: Override,
): Promise<void> {
  await tx.mlflowRunOverride.create({ data: { ...at, ...override } });
}

/** The rule as it is for one run. A credential is for the server that it was given for. */
export function withOverride(sync: MlflowSync, override: Override | null): MlflowSync {
  if (override === null) return sync;
  const { tracking_uri: trackingUri = sync.trackingUri, ...fields } = override.fields;
  const { username, secret } = override;
  const isElsewhere = new URL(trackingUri).origin !== new URL(sync.trackingUri).origin;
  const credential = secret !== null || isElsewhere ? { username, secret } : {};
  return { ...sync, ...fields, ...credential, trackingUri };
}

/** By the run's operation. */
export async function listOverrides(
  { db }: Pick<Ctx, "db">,
  operationIds: readonly bigint[],
): Promise<Map<bigint, Override>> {
  const rows = await db.mlflowRunOverride.findMany({
    where: { operationId: { in: [...operationIds] } },
  });
  return new Map(
    rows.map(({ operationId, username, secret, fields }) => [
      operationId,
      { username, secret, fields: fields as OverrideWire },
    ]),
  );
}

/** A run that has ended, however it did, needs its credential no more. */
export async function forgetCredentials({ db }: Pick<Ctx, "db">): Promise<void> {
  await db.mlflowRunOverride.updateMany({
    where: { secret: { not: null }, operation: { state: { notIn: ["queued", "running"] } } },
    data: { username: null, secret: null },
  });
}
