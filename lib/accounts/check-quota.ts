/**
 * How many bytes a model, and one account, may hold. What counts are versions, in the trash too, by the bytes that they
 * have for whoever downloads them; of an account also its uploads, unless a version of its own has the bytes.
 */
import type { Ctx } from "#lib/context.ts";
import type { TransactionClient } from "#lib/db/transaction.ts";
import { RegistryError } from "#lib/errors.ts";

export type Wanted = {
  /** What is about to be added. */
  bytes: number;
  /** The model's name, where it is known. */
  model?: string | undefined;
  /** What is being registered may have been uploaded: it counts once, when it is a version. */
  withoutUploads?: boolean;
};

type Quotas = {
  /** Without an account the actor has no quota. */
  account: boolean;
  account_quota: bigint | null;
  model: bigint | null;
  model_quota: bigint | null;
};

/**
 * Throws `quota_exceeded`. In a transaction that adds the bytes (`tx`), no other one of this account does at the same time.
 */
export async function checkQuota(
  ctx: Pick<Ctx, "actor" | "config" | "db">,
  { bytes, model, withoutUploads = false }: Wanted,
  tx?: TransactionClient,
): Promise<void> {
  const db = tx ?? ctx.db;
  const { id } = ctx.actor;
  const [found] = await db.$queryRaw<Quotas[]>`
    select a.id is not null as account, a.quota_bytes as account_quota, m.id as model, m.quota_bytes as model_quota
    from (select 1) as one left join account as a on a.id = ${uuidOrNull(id)}::uuid
    left join model as m on m.name_key = ${model?.toLowerCase() ?? null}`;
  const ofAccount = found?.account
    ? (found.account_quota ?? toBigInt(ctx.config.quotas.userBytes))
    : null;
  const ofModel =
    model === undefined ? null : (found?.model_quota ?? toBigInt(ctx.config.quotas.modelBytes));
  if (ofAccount !== null) {
    if (tx)
      await tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended(${`quota ${id}`}, 0))`;
    const uploads = withoutUploads ? 0n : await sumUploads(db, id);
    refuseAbove(ofAccount, (await sumOfAccount(db, id)) + uploads, bytes, "Your account");
  }
  if (ofModel !== null && model !== undefined)
    refuseAbove(ofModel, await sumOfModel(db, found?.model ?? null), bytes, `The model ${model}`);
}

function refuseAbove(quota: bigint, used: bigint, bytes: number, whose: string): void {
  if (used + BigInt(bytes) <= quota) return;
  throw new RegistryError(
    "quota_exceeded",
    `${whose} may hold ${quota} bytes and has ${used}: ${bytes} more are too many. Delete versions for good, or ask an administrator for more.`,
  );
}

async function sumOfAccount(db: TransactionClient, id: string): Promise<bigint> {
  const [row] = await db.$queryRaw<{ sum: bigint }[]>`
    select coalesce(sum(size_bytes), 0)::bigint as sum from version
    where created_by_id = ${id} and purged_at is null`;
  return row?.sum ?? 0n;
}

async function sumUploads(db: TransactionClient, id: string): Promise<bigint> {
  const [row] = await db.$queryRaw<{ sum: bigint }[]>`
    select coalesce(sum(size_bytes), 0)::bigint as sum from upload u
    where actor_id = ${id} and expires_at > now() and (state = 'open' or (state = 'stored' and not exists (
      select from file f join version v on v.id = f.version_id
      where f.digest = u.digest and v.created_by_id = ${id} and v.purged_at is null)))`;
  return row?.sum ?? 0n;
}

async function sumOfModel(db: TransactionClient, id: bigint | null): Promise<bigint> {
  if (id === null) return 0n;
  const [row] = await db.$queryRaw<{ sum: bigint }[]>`
    select coalesce(sum(size_bytes), 0)::bigint as sum from version
    where model_id = ${id} and purged_at is null`;
  return row?.sum ?? 0n;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const uuidOrNull = (id: string) => (UUID.test(id) ? id : null);

function toBigInt(bytes: number | null): bigint | null {
  return bytes === null ? null : BigInt(bytes);
}
