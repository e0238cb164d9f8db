import { timingSafeEqual } from "node:crypto";
import type { z } from "zod";
import { assertMay } from "#lib/access/policy.ts";
import type { AccountsCtx } from "#lib/accounts/accounts-context.ts";
import { databaseNow } from "#lib/db/database-clock.ts";
import { RegistryError } from "#lib/errors.ts";
import type { ProgressRow, progressAnswerSchema, progressBody } from "./agent-schema.ts";
import { hashOf, LEASE_MS, lendToken } from "./lease-load.ts";
import { changeLoad, type LoadCounters, type LoadRow, loadToWire } from "./store.ts";

/**
 * What an agent has done so far; its lease begins anew. Throws `load_not_found`, and `lease_lost` when the load is not
 * its any more: it then stops.
 */
export async function recordProgress(
  ctx: AccountsCtx,
  input: { id: string } & z.output<typeof progressBody>,
): Promise<z.infer<typeof progressAnswerSchema>> {
  assertMay(ctx, "cluster.agent");
  const row = await changeLoad(ctx, BigInt(input.id), async (found, tx) => {
    const now = await databaseNow(tx);
    const isOver = found.leaseExpiresAt === null || found.leaseExpiresAt <= now;
    if (found.operation.state !== "running" || isOver || !holdsLease(found, input.lease))
      throw leaseLost(input.id);
    return {
      operation: { progress: countersOf(input) },
      load: {
        progress: input.workers,
        leaseExpiresAt: new Date(now.getTime() + LEASE_MS),
      },
    };
  });
  return {
    cancel_requested: row.operation.cancelRequestedAt !== null,
    lease_expires_at: (row.leaseExpiresAt as Date).toISOString(),
    ...(input.renew_download_token
      ? { download_token: await lendToken(ctx, loadToWire(row)) }
      : {}),
  };
}

export function countersOf(said: {
  workers: readonly ProgressRow[];
  bytes_done: number;
  bytes_total: number;
}): LoadCounters {
  const count = (wanted: ProgressRow["state"]) =>
    said.workers.filter(({ state }) => state === wanted).length;
  return {
    bytes_done: said.bytes_done,
    bytes_total: said.bytes_total,
    workers: said.workers.length,
    ready: count("ready") + count("removed"),
    failed: count("failed"),
  };
}

export function holdsLease({ leaseHash }: LoadRow, token: string): boolean {
  return leaseHash !== null && timingSafeEqual(leaseHash, hashOf(token));
}

export function leaseLost(id: string): RegistryError {
  return new RegistryError(
    "lease_lost",
    `The lease of load ${id} has ended, or another agent has it. Stop working on it.`,
  );
}
