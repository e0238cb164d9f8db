/** The handler of each background task. Knows all rooms, as compose.ts does, so that none of them knows another. */

import { checkChain } from "#lib/audit/check-chain.ts";
import type { BackupCtx } from "#lib/backup/backup-context.ts";
import { runBackup } from "#lib/backup/run-backup.ts";
import { runDrill } from "#lib/backup/run-drill.ts";
import { runVerification } from "#lib/backup/run-verification.ts";
import { scheduleBackups } from "#lib/backup/schedule-backups.ts";
import { compressBlob } from "#lib/blobs/compression/compress-blob.ts";
import type { CompressionThreads } from "#lib/blobs/compression/compression-threads.ts";
import { compressPending } from "#lib/blobs/compression/queue-compression.ts";
import { collectBlobs } from "#lib/blobs/maintenance/collect-blobs.ts";
import { runToWire } from "#lib/blobs/maintenance/run-wire.ts";
import { scheduleMaintenance } from "#lib/blobs/maintenance/schedule-maintenance.ts";
import { scrubBlob } from "#lib/blobs/maintenance/scrub-blob.ts";
import { scrubBlobs } from "#lib/blobs/maintenance/scrub-blobs.ts";
import { withChecker } from "#lib/blobs/verification/scrub-thread.ts";
import { reclaimLoads } from "#lib/cluster/reclaim-loads.ts";
import { runImport } from "#lib/imports/run-import.ts";
import { runSync } from "#lib/mlflow-sync/run-sync.ts";
import { scheduleSyncs } from "#lib/mlflow-sync/schedule-syncs.ts";
import { runConversion } from "#lib/models/conversion/run-conversion.ts";
import type { ModelCtx } from "#lib/models/model-context.ts";
import { purgeTrash } from "#lib/models/purge-trash.ts";
import { removePurged } from "#lib/models/remove-purged.ts";
import { renameRecords } from "#lib/models/rename-records.ts";
import { rescanVersions } from "#lib/models/rescan/rescan-versions.ts";
import { isLeftToNewerRules, scheduleRescan } from "#lib/models/rescan/start-rescan.ts";
import { removeRecords, writeRecords } from "#lib/models/write-records.ts";
import { rollUpSamples } from "#lib/monitoring/roll-up-samples.ts";
import { sendToContactPoint } from "#lib/notifications/send-to-contact-point.ts";
import { carryOutOperation } from "#lib/operations/carry-out-operation.ts";
import { resumeOperations } from "#lib/operations/resume-operations.ts";
import type { JobHandlers } from "#lib/operations/tasks.ts";
import { expireUploads } from "#lib/uploads/resumable/expire-uploads.ts";
import { sendToWebhook } from "#lib/webhooks/send-webhook.ts";

/** `ctx` is the registry's own: its actor is `system`. */
export function createJobHandlers(
  ctx: ModelCtx,
  { compression }: { compression: CompressionThreads },
): JobHandlers {
  return {
    async "compress-blob"(payload, signal) {
      await compressBlob(ctx, compression, payload, signal);
    },
    "compress-pending": () => compressPending(ctx),
    "resume-operations": () => resumeOperations(ctx),
    async "schedule-maintenance"() {
      await scheduleMaintenance(ctx);
      await scheduleBackups(ctx);
      await scheduleSyncs(ctx);
      await reclaimLoads(ctx);
      await scheduleRescan(ctx);
    },
    "roll-up-samples": () => rollUpSamples(ctx),
    async "purge-trash"(_payload, signal) {
      await purgeTrash(ctx, signal);
    },
    "remove-purged": ({ operation_id }, shutdown) =>
      carryOutOperation(ctx, operation_id, shutdown, async ({ progress }, { signal, save }) => {
        const before = { models: 0, versions: 0, ...(progress as object) };
        return { progress: await removePurged(ctx, { signal, before, save }) };
      }),
    "collect-blobs": ({ operation_id }, shutdown) =>
      carryOutOperation(ctx, operation_id, shutdown, async (row, { signal, save }) => {
        const freed = await collectBlobs(ctx, { signal, before: runToWire(row), onProgress: save });
        return { progress: { freed_blobs: freed.blobs, freed_bytes: freed.bytes } };
      }),
    "scrub-blobs": ({ operation_id }, shutdown) =>
      carryOutOperation(ctx, operation_id, shutdown, (row, { signal, save }) =>
        withChecker(ctx, (checker) =>
          scrubBlobs(ctx, checker, { run: runToWire(row), signal, save }),
        ),
      ),
    ...createBackupHandlers(ctx),
    "sync-with-mlflow": ({ operation_id }, shutdown) =>
      carryOutOperation(ctx, operation_id, shutdown, (row, tools) => runSync(ctx, row, tools)),
    "import-version": ({ operation_id }, shutdown) =>
      carryOutOperation(ctx, operation_id, shutdown, (row, tools) => runImport(ctx, row, tools)),
    "convert-version": ({ operation_id }, shutdown) =>
      carryOutOperation(ctx, operation_id, shutdown, (row, tools) =>
        runConversion(ctx, row, tools),
      ),
    async "rescan-versions"({ operation_id }, shutdown) {
      if (await isLeftToNewerRules(ctx, operation_id)) return;
      await carryOutOperation(ctx, operation_id, shutdown, (row, tools) =>
        rescanVersions(ctx, row, tools),
      );
    },
    "check-blob": ({ sha256 }, signal) =>
      withChecker(ctx, async (checker) => {
        await scrubBlob(ctx, checker, sha256, signal);
      }),
    "write-records": (payload) => writeRecords(ctx, payload),
    "rename-records": (payload, signal) => renameRecords(ctx, payload, signal),
    "remove-records": (payload, signal) => removeRecords(ctx, payload, signal),
    "send-notices": ({ id }, signal) => sendToContactPoint(ctx, BigInt(id), signal),
    "send-to-webhook": ({ id }, signal) => sendToWebhook(ctx, id, signal),
    "send-to-slow-webhook": ({ id }, signal) => sendToWebhook(ctx, id, signal, { amongSlow: true }),
    async "verify-audit"(_payload, signal) {
      await checkChain(ctx, signal);
    },
    async "expire-uploads"(_payload, signal) {
      await expireUploads(ctx, signal);
    },
  };
}

/** Also of the command that makes a backup without a server. */
export function createBackupHandlers(ctx: BackupCtx, { isAwaited = false } = {}): JobHandlers {
  return {
    "back-up": ({ operation_id }, shutdown) =>
      carryOutOperation(ctx, operation_id, shutdown, ({ subject }, tools) =>
        runBackup(ctx, { ...tools, isAwaited, wanted: subject }),
      ),
    "verify-backup": ({ operation_id }, shutdown) =>
      carryOutOperation(ctx, operation_id, shutdown, ({ subject }, tools) =>
        runVerification(ctx, subject, tools),
      ),
    "drill-backup": ({ operation_id }, shutdown) =>
      carryOutOperation(ctx, operation_id, shutdown, (_row, tools) => runDrill(ctx, tools)),
  };
}
