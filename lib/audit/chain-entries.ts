/**
 * Gives new entries their places in the chain. A transaction that changes something only adds its entry; if it took the
 * place as well, all changes of the registry would wait for one another. `audit_unchained` says which entries wait.
 */
import type { Database } from "#lib/db/client.ts";
import { inTransaction, type TransactionClient } from "#lib/db/transaction.ts";
import { type AuditRow, entryHash, FIRST_PREV_HASH } from "./entry-hash.ts";

/** Whoever holds it is the only one who adds links and checkpoints, whichever replica that is. */
const CHAIN_LOCK = 7_203_118_001n;
/** Hashing that many takes a few milliseconds of the event loop. */
const BATCH = 250;

export type Link = { seq: bigint; hash: string };

/**
 * Chains what waits, at most 250 entries, in the order of their ids. Returns how many there were; null when another process
 * is at it, which then does it.
 */
export async function chainEntries(db: Database): Promise<number | null> {
  return inTransaction(db, async (tx) => {
    if (!(await takeChainLock(tx))) return null;
    const rows = await tx.$queryRaw<(AuditRow & { id: bigint })[]>`
      select audit.* from audit_unchained join audit on audit.id = audit_unchained.audit_id
      order by audit.id limit ${BATCH}`;
    if (rows.length === 0) return 0;
    let { seq, hash } = await lastLink(tx);
    const links = rows.map((row) => {
      const prev_hash = hash;
      seq += 1n;
      hash = entryHash(row, seq, prev_hash);
      return { seq: seq.toString(), audit_id: row.id.toString(), prev_hash, hash };
    });
    await tx.$executeRaw`
      insert into audit_link (seq, audit_id, prev_hash, hash)
      select seq, audit_id, decode(prev_hash, 'hex'), decode(hash, 'hex')
      from jsonb_to_recordset(${JSON.stringify(links)}::jsonb)
        as t(seq bigint, audit_id bigint, prev_hash text, hash text)`;
    const ids = rows.map(({ id }) => id);
    await tx.$executeRaw`delete from audit_unchained where audit_id = any(${ids})`;
    return rows.length;
  });
}

/** Held until the transaction ends. */
export async function takeChainLock(tx: TransactionClient): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ is_ours: boolean }[]>`
    select pg_try_advisory_xact_lock(${CHAIN_LOCK}) as is_ours`;
  return row?.is_ours === true;
}

export async function waitForChainLock(tx: TransactionClient): Promise<void> {
  await tx.$executeRaw`select pg_advisory_xact_lock(${CHAIN_LOCK})`;
}

export async function lastLink(db: Database | TransactionClient): Promise<Link> {
  const [row] = await db.$queryRaw<Link[]>`
    select seq, encode(hash, 'hex') as hash from audit_link order by seq desc limit 1`;
  return row ?? { seq: 0n, hash: FIRST_PREV_HASH };
}
