import { raiseAlert } from "#lib/alerts/raise-alert.ts";
import { databaseNow } from "#lib/db/database-clock.ts";
import { inTransaction, STORE_TIMEOUT_MS, type TransactionClient } from "#lib/db/transaction.ts";
import { addJob } from "#lib/operations/add-job.ts";
import { blobKey, compressedBlobKey, quarantineKey } from "#lib/storage/layout.ts";
import { announceStorage } from "../announce-storage.ts";
import type { BlobCtx } from "../blob-context.ts";
import { dropRawCopy } from "../compression/drop-raw-copy.ts";
import { refreshStoredBytes } from "../compression/record-compression.ts";
import {
  type BlobCheck,
  type FormCheck,
  type Problem,
  revisionOf,
  STAYS,
} from "../verification/check-blob.ts";
import { saveBlockSums } from "../verification/save-block-sums.ts";
import type { BlobChecker } from "../verification/scrub-thread.ts";
import { healBlob } from "./heal-blob.ts";
import { makeRaw, markSound } from "./record-healed.ts";

/** `gone` means that the blob is not known any more, or nobody was promised its bytes. */
export type ScrubOutcome = "sound" | "healed" | "damaged" | "gone";
export type ScrubResult = { outcome: ScrubOutcome; wasDamaged: boolean };

type Row = { size_bytes: bigint; encoding: "raw" | "mrz"; damaged_at: Date | null; held: boolean };
type Settled = ScrubOutcome | "changed";

/** A change of the blob while it is read makes the reading worthless; no blob changes this often. */
const MAX_ATTEMPTS = 5;

/**
 * Verifies what is stored of a blob. Wrong bytes go to quarantine, the blob is marked as damaged and an alert is
 * raised; then it is healed if there is another copy anywhere. Repeatable, and safe to be interrupted anywhere.
 */
export async function scrubBlob(
  ctx: BlobCtx,
  checker: BlobChecker,
  sha256: string,
  signal: AbortSignal,
): Promise<ScrubResult> {
  let suspected = false;
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const row = await ctx.db.blob.findUnique({ where: { digest: sha256 } });
    if (row === null) return { outcome: "gone", wasDamaged: false };
    const encoding = row.encoding as Row["encoding"];
    const [sizeBytes, storedBytes] = [Number(row.sizeBytes), Number(row.storedBytes)];
    const check = await checker.check({ sha256, sizeBytes, encoding, storedBytes }, signal);
    // Damage is believed when it is seen twice: the medium, or memory, may have failed once.
    if (check[encoding].state === "damaged" && !suspected) {
      suspected = true;
      continue;
    }
    const settled = await settle(ctx, sha256, encoding, check);
    if (settled === "changed") continue;
    if (settled === "sound" && encoding === "mrz") await dropRawCopy(ctx, sha256);
    const wasDamaged = settled === "damaged" || settled === "healed";
    if (settled !== "damaged") return { outcome: settled, wasDamaged };
    const isHealed = await healBlob(ctx, sha256, sizeBytes, check);
    return { outcome: isHealed ? "healed" : "damaged", wasDamaged };
  }
  throw new Error(`${sha256} changes too often to be verified.`);
}

/** Nothing of the blob changes while its row is locked. `changed`: something did before. */
async function settle(
  ctx: BlobCtx,
  sha256: string,
  encoding: Row["encoding"],
  check: BlobCheck,
): Promise<Settled> {
  return inTransaction(
    ctx.db,
    async (tx) => {
      const [row] = await tx.$queryRaw<Row[]>`
        select size_bytes, encoding, damaged_at, exists (select from file where digest = ${sha256})
          or exists (select from upload where digest = ${sha256})
          or exists (select from blob_source where source_digest = ${sha256}) as held
        from blob where digest = ${sha256} for update`;
      if (!row) return "gone";
      if (row.encoding !== encoding || !(await isUnchanged(ctx, sha256, check))) return "changed";
      const verifiedAt = await databaseNow(tx);
      await tx.blob.update({ where: { digest: sha256 }, data: { verifiedAt } });
      const stored = check[encoding];
      if (stored.state === "sound") {
        await saveBlockSums(tx, [{ sha256, blockSums: stored.blockSums }]);
        // A compression that did not come to its end left this copy behind.
        if (encoding === "raw" && check.mrz.state !== "absent")
          await ctx.storage.remove(compressedBlobKey(sha256));
        if (row.damaged_at === null) return "sound";
        await countBytes(tx, sha256, stored.sizeBytes);
        // The alert records this reading too, although it is the last.
        await tx.alert.updateMany({
          where: { kind: "blob_damaged", subject: `sha256:${sha256}`, resolvedAt: null },
          data: { lastSeenAt: ctx.now() },
        });
        await markSound(tx, ctx, sha256);
        return "healed";
      }
      if (stored.state === "absent" && check.raw.state !== "sound" && !row.held) return "gone";
      if (stored.state === "absent") await assertStoreIsThere(ctx);
      await quarantine(ctx, sha256, check);
      await markDamaged(tx, ctx, sha256, { row, check });
      await countBytes(tx, sha256, bytesLeft(check));
      if (check.raw.state !== "sound") return "damaged";
      await saveBlockSums(tx, [{ sha256, blockSums: check.raw.blockSums }]);
      await makeRaw(tx, ctx, sha256, Number(row.size_bytes));
      await ctx.storage.remove(compressedBlobKey(sha256));
      return "healed";
    },
    { timeout: STORE_TIMEOUT_MS },
  );
}

/** Bytes of the forms that stay in their place: the sums of stored bytes count nothing that is in quarantine. */
function bytesLeft(check: BlobCheck): number {
  const left = (form: FormCheck) =>
    form.state === "sound" || (form.state === "damaged" && STAYS.has(form.problem))
      ? form.sizeBytes
      : 0;
  return left(check.raw) + left(check.mrz);
}

async function countBytes(tx: TransactionClient, sha256: string, bytes: number): Promise<void> {
  await tx.blob.update({ where: { digest: sha256 }, data: { storedBytes: BigInt(bytes) } });
  await refreshStoredBytes(tx, sha256);
}

/** In a volume that is not mounted everything seems to be missing. Throws when nothing can be written either. */
async function assertStoreIsThere(ctx: BlobCtx): Promise<void> {
  const probe = await ctx.storage.createWriter();
  await probe.abort();
}

async function isUnchanged(ctx: BlobCtx, sha256: string, check: BlobCheck): Promise<boolean> {
  const isSame = async (form: FormCheck, key: string) => {
    const found = await ctx.storage.stat(key);
    if (form.state === "absent" || found === null) return form.state === "absent" && found === null;
    return found.sizeBytes === form.sizeBytes && revisionOf(found) === form.revision;
  };
  return (
    (await isSame(check.raw, blobKey(sha256))) &&
    (await isSame(check.mrz, compressedBlobKey(sha256)))
  );
}

async function quarantine(ctx: BlobCtx, sha256: string, check: BlobCheck): Promise<void> {
  for (const [form, key] of [
    [check.raw, blobKey(sha256)],
    [check.mrz, compressedBlobKey(sha256)],
  ] as const)
    if (form.state === "damaged" && !STAYS.has(form.problem))
      await ctx.storage.move(key, quarantineKey(key));
}

async function markDamaged(
  tx: TransactionClient,
  ctx: BlobCtx,
  sha256: string,
  { row, check }: { row: Row; check: BlobCheck },
): Promise<void> {
  const { problem, actual, explanation } = explain(row.encoding, check);
  const isSwapped = actual !== null && (await tx.blob.count({ where: { digest: actual } })) > 0;
  const subject = `sha256:${sha256}`;
  const open = await tx.alert.findFirst({
    where: { kind: "blob_damaged", subject, resolvedAt: null },
  });
  const found = {
    problem: isSwapped ? "swapped" : problem,
    ...(actual === null ? {} : { actual_digest: `sha256:${actual}` }),
    encoding: row.encoding,
    ...(explanation === undefined ? {} : { explanation }),
  };
  // Bytes that went to quarantine are missing from then on; the alert keeps how they were damaged.
  const detail = open && problem === "missing" ? (open.detail as typeof found) : found;
  await tx.blob.update({
    where: { digest: sha256 },
    data: { damagedAt: row.damaged_at ?? ctx.now() },
  });
  await raiseAlert(tx, { kind: "blob_damaged", subject, detail }, ctx.now());
  // The other blob's place may hold the bytes of this one.
  if (isSwapped)
    await addJob(tx, "check-blob", { sha256: actual }, { key: `check-blob:${actual}` });
  await announceStorage(tx, ctx, "storage.blob.damaged");
  ctx.log.error({ operation: "scrub_blob", digest: sha256, ...detail }, "a blob is damaged");
}

function explain(
  encoding: Row["encoding"],
  check: BlobCheck,
): { problem: Problem | "missing"; actual: string | null; explanation?: string } {
  for (const form of [check[encoding], check.raw, check.mrz])
    if (form.state === "damaged") return form;
  return { problem: "missing", actual: null };
}
