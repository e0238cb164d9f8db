import { createHash, randomBytes } from "node:crypto";
import type { z } from "zod";
import { assertMay } from "#lib/access/policy.ts";
import { visibleModels } from "#lib/access/visible-models.ts";
import type { AccountsCtx } from "#lib/accounts/accounts-context.ts";
import { lendDownloadToken } from "#lib/accounts/lend-token.ts";
import { type Ctx, withCurrentActor } from "#lib/context.ts";
import { databaseNow } from "#lib/db/database-clock.ts";
import { Prisma } from "#lib/db/generated/client.ts";
import { inTransaction } from "#lib/db/transaction.ts";
import { normalAddress } from "#lib/wire/scheduler-address.ts";
import type { downloadTokenSchema, leaseBody, leaseSchema } from "./agent-schema.ts";
import { reclaimLoads } from "./reclaim-loads.ts";
import type { LoadWire } from "./schema.ts";
import { applyChange, changeLoad, getLoadRow, loadToWire } from "./store.ts";
import type { WaitingAgents } from "./waiting-agents.ts";

/** An agent speaks every second while it works; this long without a word means that it is gone. */
export const LEASE_MS = 30_000;
const TOKEN_BYTES = 32;

type Lease = { load: LoadWire; lease: z.infer<typeof leaseSchema> };
export type Leased = Lease & { download_token: z.infer<typeof downloadTokenSchema> };
type LeaseInput = z.output<typeof leaseBody>;

/**
 * The oldest load that this agent may have; waits for one as long as it asks for, and then gives null. Loads of models that
 * the agent may not see are not for it, since it could not fetch them. Between its looks it holds no connection.
 */
export async function leaseLoad(
  ctx: AccountsCtx,
  agents: WaitingAgents,
  input: LeaseInput,
  client: AbortSignal,
): Promise<Leased | null> {
  assertMay(ctx, "cluster.agent");
  if (input.wait_seconds === 0) return hand(ctx, (await take(ctx, input)).leased, client);
  const until = Date.now() + input.wait_seconds * 1000;
  const waiting = agents.enter(client);
  try {
    for (let acting = ctx; ; acting = await withCurrentActor(ctx)) {
      assertMay(acting, "cluster.agent");
      const { leased, lookAgainMs } = await take(acting, input);
      const leftMs = until - Date.now();
      if (leased !== null || leftMs <= 0) return await hand(acting, leased, client);
      if (!(await waiting.next(Math.min(leftMs, lookAgainMs)))) return null;
    }
  } finally {
    waiting.stop();
  }
}

/** `lookAgainMs`: when the next lease ends, whose load is then free. */
async function take(
  ctx: Ctx,
  { agent, scheduler_address }: LeaseInput,
): Promise<{ leased: Lease | null; lookAgainMs: number }> {
  const { nextEndMs } = await reclaimLoads(ctx);
  const address = normalAddress(scheduler_address);
  const leased = await inTransaction(ctx.db, async (tx): Promise<Lease | null> => {
    const [free] = await tx.$queryRaw<{ id: bigint }[]>`
      select operation.id from operation join cluster_load as load on load.operation_id = operation.id
      where operation.state = 'queued' and operation.kind in ('load', 'unload')
        and (load.scheduler_address is null or load.scheduler_address = ${address})
        and ${visibleModels(ctx.actor).sqlOfName(Prisma.sql`load.model_name`)}
      order by operation.id limit 1
      for update of operation skip locked`;
    if (free === undefined) return null;
    const found = await getLoadRow(ctx, tx, free.id);
    const token = randomBytes(TOKEN_BYTES).toString("base64url");
    const now = await databaseNow(tx);
    const expiresAt = new Date(now.getTime() + LEASE_MS);
    const row = await applyChange(tx, ctx, found, {
      operation: {
        state: "running",
        startedAt: found.operation.startedAt ?? now,
        error: null,
      },
      load: {
        agent,
        leaseHash: hashOf(token),
        leaseExpiresAt: expiresAt,
        errorCode: null,
        progress: [],
      },
    });
    return {
      load: loadToWire(row),
      lease: { token, expires_at: expiresAt.toISOString(), seconds: LEASE_MS / 1000 },
    };
  });
  return { leased, lookAgainMs: nextEndMs };
}

async function hand(
  ctx: AccountsCtx,
  leased: Lease | null,
  client: AbortSignal,
): Promise<Leased | null> {
  if (leased === null) return null;
  if (client.aborted) {
    await giveBack(ctx, leased.load.id);
    return null;
  }
  return { ...leased, download_token: await lendToken(ctx, leased.load) };
}

/** Whoever asked for it is gone already: nothing was tried, and the next one has not to wait for the lease to end. */
async function giveBack(ctx: Ctx, id: string): Promise<void> {
  await changeLoad(ctx, BigInt(id), async () => ({
    operation: { state: "queued" },
    load: { leaseHash: null, leaseExpiresAt: null },
  }));
}

/** An unload downloads nothing. */
export async function lendToken(
  ctx: AccountsCtx,
  { id, action, model }: Pick<LoadWire, "id" | "action" | "model">,
): Promise<z.infer<typeof downloadTokenSchema>> {
  if (action === "unload") return null;
  return lendDownloadToken(ctx, { model, purpose: `workers of load ${id}` });
}

/** Only its hash is kept: whoever reads the database, or a backup of it, has no lease. */
export function hashOf(token: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash("sha256").update(token).digest());
}
