/** Brings the records in the storage to what the database says. Both jobs are repeatable, and may run beside each other. */
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
  input: { model_id: string; version_id: string | null },
): Promise<void> {
  const { model_id, version_id } = input;
  await writeUntilCurrent(ctx, () => readModelRecord(ctx.db, BigInt(model_id)));
  if (version_id !== null)
    await writeUntilCurrent(ctx, () => readVersionRecord(ctx.db, BigInt(version_id)));
}

/**
 * Two jobs may write one document at once, and the older text must not stay: whoever has written looks again, and writes
 * again what differs.
 */
async function writeUntilCurrent(
  ctx: ModelCtx,
  read: () => Promise<StoredDocument | null>,
): Promise<void> {
  let written: StoredDocument | null = null;
  for (;;) {
    const current = await read();
    if (current === null) {
      // The model was deleted while its record was written.
      if (written) await removeFolder(ctx, written.key);
      return;
    }
    if (current.text === written?.text) return;
    await ctx.storage.putDocument(current.key, new TextEncoder().encode(current.text));
    written = current;
  }
}

async function removeFolder(ctx: ModelCtx, key: string): Promise<void> {
  const name = key.split("/").at(-2);
  if (name !== undefined) await queueRemoval(ctx.db, name);
}

/**
 * Removes the records below a name that belong to nothing in the database. The name may have been given to a new model
 * meanwhile: a record of that one that was removed is queued to be written again.
 */
export async function removeRecords(
  ctx: ModelCtx,
  { name }: { name: string },
  signal: AbortSignal,
): Promise<void> {
  const before = await readOwners(ctx, name);
  const removed: string[] = [];
  for await (const key of ctx.storage.list(manifestFolder(name)))
    if (!before.has(key)) removed.push(key);
  await inParallel(LANES, removed, async (key) => {
    signal.throwIfAborted();
    await ctx.storage.remove(key);
  });
  const after = await readOwners(ctx, name);
  for (const key of removed) {
    const owner = after.get(key);
    if (owner) await queueRecords(ctx.db, owner.modelId, owner.versionId);
  }
}

type Owner = { modelId: bigint; versionId: bigint | null };

/** Which row each key below a name belongs to. */
async function readOwners(ctx: ModelCtx, name: string): Promise<Map<string, Owner>> {
  const model = await ctx.db.model.findUnique({
    where: { nameKey: nameKey(name) },
    select: { id: true, name: true, versions: { select: { id: true, version: true } } },
  });
  const owners = new Map<string, Owner>();
  if (model === null) return owners;
  owners.set(modelRecordKey(model.name), { modelId: model.id, versionId: null });
  for (const { id, version } of model.versions)
    owners.set(manifestKey(model.name, version), { modelId: model.id, versionId: id });
  return owners;
}
