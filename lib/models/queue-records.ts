import type { Database } from "#lib/db/client.ts";
import type { TransactionClient } from "#lib/db/transaction.ts";
import { addJob } from "#lib/operations/add-job.ts";

/**
 * The last step of every transaction that changes a model: its record, and that of the version that was changed, are
 * written from the queue afterwards, so that no row is locked while a disk or a bucket is waited for.
 */
export async function queueRecords(
  tx: TransactionClient | Database,
  model: { id: bigint; name: string },
  versionId: bigint | null = null,
): Promise<void> {
  const payload = {
    name: model.name,
    model_id: model.id.toString(),
    version_id: versionId === null ? null : versionId.toString(),
  };
  const key = `write-records:${payload.model_id}:${payload.version_id ?? ""}`;
  await addJob(tx, "write-records", payload, { key });
}

/** The same for a model that is gone. */
export async function queueRemoval(tx: TransactionClient | Database, name: string): Promise<void> {
  await addJob(tx, "remove-records", { name }, { key: `remove-records:${name.toLowerCase()}` });
}
