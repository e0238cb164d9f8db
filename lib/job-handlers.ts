/** The handler of each background task. Knows all rooms, as compose.ts does, so that none of them knows another. */

import { compressBlob } from "#lib/blobs/compression/compress-blob.ts";
import type { CompressionThreads } from "#lib/blobs/compression/compression-threads.ts";
import { compressPending } from "#lib/blobs/compression/queue-compression.ts";
import { collectBlobs } from "#lib/blobs/maintenance/collect-blobs.ts";
import { runToWire } from "#lib/blobs/maintenance/run-wire.ts";
import { scheduleMaintenance } from "#lib/blobs/maintenance/schedule-maintenance.ts";
import { scrubBlob } from "#lib/blobs/maintenance/scrub-blob.ts";
import { scrubBlobs } from "#lib/blobs/maintenance/scrub-blobs.ts";
import { withChecker } from "#lib/blobs/verification/scrub-thread.ts";
import type { ModelCtx } from "#lib/models/model-context.ts";
import { purgeTrash } from "#lib/models/purge-trash.ts";
import { removeRecords, writeRecords } from "#lib/models/write-records.ts";
import { carryOutOperation } from "#lib/operations/carry-out-operation.ts";
import { resumeOperations } from "#lib/operations/resume-operations.ts";
import type { JobHandlers } from "#lib/operations/tasks.ts";
import { expireUploads } from "#lib/uploads/resumable/expire-uploads.ts";

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
    "schedule-maintenance": () => scheduleMaintenance(ctx),
    async "purge-trash"(_payload, signal) {
      await purgeTrash(ctx, signal);
    },
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
    "check-blob": ({ sha256 }, signal) =>
      withChecker(ctx, async (checker) => {
        await scrubBlob(ctx, checker, sha256, signal);
      }),
    "write-records": (payload) => writeRecords(ctx, payload),
    "remove-records": (payload, signal) => removeRecords(ctx, payload, signal),
    async "expire-uploads"(_payload, signal) {
      await expireUploads(ctx, signal);
    },
  };
}
