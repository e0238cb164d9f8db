import { setTimeout as sleep } from "node:timers/promises";
import { RegistryError } from "#lib/errors.ts";
import type { Database } from "./client.ts";
import { databaseTrouble, isSerializationConflict } from "./database-errors.ts";
import type { Prisma } from "./generated/client.ts";

/** The database inside a transaction: the same methods as Database, without opening another one. */
export type TransactionClient = Prisma.TransactionClient;

/** After so many conflicts in a row the work is contended beyond what retrying cures. */
const MAX_ATTEMPTS = 8;
const FIRST_DELAY_MS = 10;
const LONGEST_DELAY_MS = 500;
/** Longest wait for a connection of the pool. */
const MAX_WAIT_MS = 20_000;
/** A use case that holds its transaction longer than this is cut, and its locks are free again. */
const TIMEOUT_MS = 30_000;
/**
 * For transactions that hold a blob's row while the store works: the row must not be free before that work has ended,
 * and a store without renames copies the bytes, or repeats a request that was throttled.
 */
export const STORE_TIMEOUT_MS = 600_000;

/**
 * Runs `work` in one transaction and returns its result. Serialization failures and deadlocks (SQLSTATE 40001, 40P01)
 * run it again, after a growing random pause, at most 8 times in all: `work` must have no effect outside the
 * transaction. Any other error rolls back and is thrown as it is, but for the loss of the database while it commits:
 * `unavailable` then says that nobody knows.
 */
export async function inTransaction<T>(
  db: Database,
  work: (tx: TransactionClient) => Promise<T>,
  options: { isolationLevel?: Prisma.TransactionIsolationLevel; timeout?: number } = {},
): Promise<T> {
  const { timeout = TIMEOUT_MS } = options;
  let isCommitting = false;
  const run = async (tx: TransactionClient) => {
    isCommitting = false;
    // Without this PostgreSQL would end a session that waits for the store before this transaction's own time is
    // over.
    if (timeout > TIMEOUT_MS)
      await tx.$executeRaw`select set_config('idle_in_transaction_session_timeout', ${String(timeout)}, true)`;
    const result = await work(tx);
    isCommitting = true;
    return result;
  };
  return whileConflicting(async () => {
    try {
      return await db.$transaction(run, { maxWait: MAX_WAIT_MS, ...options, timeout });
    } catch (error) {
      throw isCommitting && databaseTrouble(error) === "silent" ? inDoubt(error) : error;
    }
  });
}

/** Does `work`, a transaction or one statement of its own, again after a conflict, as `inTransaction` says. */
export async function whileConflicting<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!isSerializationConflict(error) || attempt === MAX_ATTEMPTS) throw error;
      const longest = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt);
      await sleep(Math.random() * longest);
    }
  }
}

function inDoubt(cause: unknown): RegistryError {
  return new RegistryError(
    "unavailable",
    "The database stopped answering before it confirmed the change, which may be stored or not. " +
      "Look for it in a moment. A registration that names its version or has an Idempotency-Key can be sent again as it is.",
    { cause },
  );
}
