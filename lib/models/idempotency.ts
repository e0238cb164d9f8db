/** `Idempotency-Key`: the same registration sent twice makes one version, also without `version`. */
import { createHash } from "node:crypto";
import type { Ctx } from "../context.ts";
import type { TransactionClient } from "../db/transaction.ts";
import { RegistryError } from "../errors.ts";
import type { Publication } from "./publish-version.ts";

const KEPT_MS = 24 * 60 * 60 * 1000;

/** The answer that this key got, null for a new key. Throws `idempotency_conflict`. */
export async function findReplay(
  tx: TransactionClient,
  ctx: Ctx,
  publication: Publication,
): Promise<{ modelName: string; version: string } | null> {
  const key = publication.idempotencyKey;
  if (key === null) return null;
  // Two requests with one key: the second waits until the first one's transaction has ended.
  await tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended(${`${ctx.actor.name} ${key}`}, 0))`;
  const row = await tx.idempotencyKey.findUnique({
    where: { actor_key: { actor: ctx.actor.name, key } },
  });
  if (row === null) return null;
  if (row.createdAt.getTime() < ctx.now().getTime() - KEPT_MS) {
    await tx.idempotencyKey.delete({ where: { actor_key: { actor: ctx.actor.name, key } } });
    return null;
  }
  if (row.fingerprint === fingerprint(publication)) return row;
  throw new RegistryError(
    "idempotency_conflict",
    "This Idempotency-Key belongs to another registration; use a new key for other content.",
  );
}

export async function rememberAnswer(
  tx: TransactionClient,
  ctx: Ctx,
  publication: Publication,
  answer: { modelName: string; version: string },
): Promise<void> {
  if (publication.idempotencyKey === null) return;
  await tx.idempotencyKey.create({
    data: {
      actor: ctx.actor.name,
      key: publication.idempotencyKey,
      fingerprint: fingerprint(publication),
      ...answer,
      createdAt: ctx.now(),
    },
  });
}

function fingerprint({ registration, digest }: Publication): string {
  const { name, version, bump } = registration;
  return createHash("sha256")
    .update(JSON.stringify([name, version ?? null, bump ?? null, digest]))
    .digest("hex");
}

/** Keys older than a day answer nothing any more. */
export async function forgetOldKeys(ctx: Ctx): Promise<number> {
  const { count } = await ctx.db.idempotencyKey.deleteMany({
    where: { createdAt: { lt: new Date(ctx.now().getTime() - KEPT_MS) } },
  });
  return count;
}
