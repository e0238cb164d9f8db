/** Brings the records in the storage to what the database says. Both jobs are repeatable, and may run beside each other. */
import { inTransaction, type TransactionClient } from "#lib/db/transaction.ts";
import { inParallel } from "#lib/in-parallel.ts";
import { manifestFolder, manifestKey, modelRecordKey } from "#lib/storage/layout.ts";
import type { ModelCtx } from "./model-context.ts";
import { readModelRecord } from "./model-record.ts";
import { queueRecords, queueRemoval } from "./queue-records.ts";
import { nameKey } from "./store.ts";
import type { StoredDocument } from "./stored-document.ts";
import { readVersionRecord } from "./version-record.ts";

/** Records that are removed at once, from a disk or a bucket. */
const LANES = 16;

export async function writeRecords(
  ctx: ModelCtx,
  input: { name: string; model_id: string; version_id: string | null },
): Promise<void> {
  const { name, model_id, version_id } = input;
  const readModel: Read = (tx) => readModelRecord(tx, BigInt(model_id));
  const readVersion: Read = (tx) => readVersionRecord(tx, BigInt(version_id ?? ""));
  for (const read of version_id === null ? [readModel] : [readModel, readVersion])
    if (!(await writeUntilCurrent(ctx, read))) {
      // The model is gone. This attempt, or one that died, may have written a record of it after the removal.
      await queueRemoval(ctx.db, name);
      return;
    }
}

type Read = (tx: TransactionClient) => Promise<StoredDocument | null>;

/**
 * Two jobs may write one document at once, and the older text must not stay: whoever has written looks again, and writes
 * again what differs. Gives false when there is nothing to write any more.
 */
async function writeUntilCurrent(ctx: ModelCtx, read: Read): Promise<boolean> {
  let written: StoredDocument | null = null;
  for (;;) {
    // A record is of one moment, though it is read by several queries.
    const current = await inTransaction(ctx.db, read, { isolationLevel: "RepeatableRead" });
    if (current === null) return false;
    if (current.text === written?.text) return true;
    await ctx.storage.putDocument(current.key, new TextEncoder().encode(current.text));
    written = current;
  }
}

/**
 * Removes the records below a name that belong to nothing in the database. The name may have been given to a new model
 * meanwhile. All records of that one are queued to be written again: one may have been removed here, or be the text of the old
 * model still, which a slow writer has put under the same key.
 */
export async function removeRecords(
  ctx: ModelCtx,
  { name }: { name: string },
  signal: AbortSignal,
): Promise<void> {
  const owned = await readOwners(ctx, name);
  const found: string[] = [];
  for await (const key of ctx.storage.list(manifestFolder(name))) found.push(key);
  const orphans = found.filter((key) => !owned.has(key));
  await inParallel(LANES, orphans, async (key) => {
    signal.throwIfAborted();
    await ctx.storage.remove(key);
  });
  const now = await readOwners(ctx, name);
  for (const key of found) {
    const owner = now.get(key);
    if (owner) await queueRecords(ctx.db, owner.model, owner.versionId);
  }
}

type Owner = { model: { id: bigint; name: string }; versionId: bigint | null };

/** Which row each key below a name belongs to. */
async function readOwners(ctx: ModelCtx, name: string): Promise<Map<string, Owner>> {
  const model = await ctx.db.model.findUnique({
    where: { nameKey: nameKey(name) },
    select: { id: true, name: true, versions: { select: { id: true, version: true } } },
  });
  const owners = new Map<string, Owner>();
  if (model === null) return owners;
  owners.set(modelRecordKey(model.name), { model, versionId: null });
  for (const { id, version } of model.versions)
    owners.set(manifestKey(model.name, version), { model, versionId: id });
  return owners;
}
