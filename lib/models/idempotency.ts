/** `Idempotency-Key`: the same registration sent twice makes one version, also without `version`. */
import { createHash } from "node:crypto";
import { millis } from "#lib/db/database-clock.ts";
import type { IdempotencyKey } from "#lib/db/generated/client.ts";
import type { TransactionClient } from "#lib/db/transaction.ts";
import { RegistryError } from "#lib/errors.ts";
import type { ModelCtx } from "./model-context.ts";
import type { Publication } from "./publication.ts";
import { nameKey } from "./store.ts";

const KEPT_MS = 24 * 60 * 60 * 1000;

/**
 * Refuses a key before the body is received, when its version was deleted or it belongs to another model. `modelName`
 * is the one of the URL, if it names one. Only the body tells whether it is the same registration. Throws
 * `idempotency_conflict`, `version_purged`, `version_in_trash`, `model_in_trash`.
 */
export async function checkKey(
  ctx: ModelCtx,
  key: string | null,
  modelName?: string,
): Promise<void> {
  const row = key === null ? null : await findKey(ctx.db, ctx, key);
  if (row === null) return;
  if (modelName !== undefined && nameKey(modelName) !== nameKey(row.modelName)) throw conflict();
  await assertNotDeleted(ctx.db, row);
}

/**
 * The version that this key got, null for a new key. The version stays as it is until the transaction ends. Throws what
 * `checkKey` throws.
 */
export async function findReplay(
  tx: TransactionClient,
  ctx: ModelCtx,
  publication: Publication,
): Promise<bigint | null> {
  const key = publication.idempotencyKey;
  if (key === null) return null;
  // Two requests with one key: the second waits until the first one's transaction has ended.
  await tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended(${`${ctx.actor.id} ${key}`}, 0))`;
  const row = await findKey(tx, ctx, key);
  if (row === null) return null;
  if (row.fingerprint !== fingerprint(publication)) throw conflict();
  await tx.$queryRaw`select 1 from version where id = ${row.versionId} for share`;
  await assertNotDeleted(tx, row);
  return row.versionId;
}

/** Keeps the answer for the key; one that is too old may be used again. */
export async function rememberAnswer(
  tx: TransactionClient,
  ctx: ModelCtx,
  publication: Publication,
  answer: { modelName: string; version: string; versionId: bigint },
): Promise<void> {
  const key = publication.idempotencyKey;
  if (key === null) return;
  await tx.$executeRaw`
    insert into idempotency_key (actor_id, key, fingerprint, model_name, version, version_id, created_at)
    values (${ctx.actor.id}, ${key}, ${fingerprint(publication)}, ${answer.modelName},
            ${answer.version}, ${answer.versionId}, now())
    on conflict (actor_id, key) do update set fingerprint = excluded.fingerprint,
      model_name = excluded.model_name, version = excluded.version,
      version_id = excluded.version_id, created_at = excluded.created_at`;
}

/** Removes keys older than a day, which answer nothing any more. */
export function forgetOldKeys(ctx: ModelCtx): Promise<number> {
  return ctx.db.$executeRaw`
    delete from idempotency_key where created_at < now() - ${millis(KEPT_MS)}`;
}

async function findKey(
  db: TransactionClient,
  ctx: ModelCtx,
  key: string,
): Promise<Pick<IdempotencyKey, "fingerprint" | "modelName" | "version" | "versionId"> | null> {
  const [row] = await db.$queryRaw<
    Pick<IdempotencyKey, "fingerprint" | "modelName" | "version" | "versionId">[]
  >`
    select fingerprint, model_name as "modelName", version, version_id as "versionId"
    from idempotency_key
    where actor_id = ${ctx.actor.id} and key = ${key} and created_at >= now() - ${millis(KEPT_MS)}`;
  return row ?? null;
}

async function assertNotDeleted(
  db: TransactionClient,
  key: Pick<IdempotencyKey, "modelName" | "version" | "versionId">,
): Promise<void> {
  const row = await db.version.findUnique({
    where: { id: key.versionId },
    select: {
      deletedAt: true,
      purgedAt: true,
      model: { select: { deletedAt: true, purgedAt: true } },
    },
  });
  const made = `This Idempotency-Key made ${key.modelName} ${key.version}`;
  if (row === null || row.purgedAt !== null || row.model.purgedAt !== null)
    throw new RegistryError(
      "version_purged",
      `${made}, which was deleted for good: use a new key to register it again.`,
    );
  if (row.model.deletedAt !== null)
    throw new RegistryError(
      "model_in_trash",
      `${made}, and that model is in the trash: restore it, or use a new key and another name.`,
    );
  if (row.deletedAt !== null)
    throw new RegistryError(
      "version_in_trash",
      `${made}, which is in the trash: restore it, or use a new key and another version.`,
    );
}

function fingerprint({ registration, digest }: Publication): string {
  const { name, version, bump } = registration;
  return createHash("sha256")
    .update(JSON.stringify([nameKey(name), version ?? null, bump ?? null, digest]))
    .digest("hex");
}

function conflict(): RegistryError {
  return new RegistryError(
    "idempotency_conflict",
    "This Idempotency-Key belongs to another registration; use a new key for other content.",
  );
}
