import type { AuditRecorder } from "#lib/audit/audit-recorder.ts";
import type { BackupCtx } from "#lib/backup/backup-context.ts";
import type { CardCtx } from "#lib/cards/card-context.ts";
import type { FactsPool } from "#lib/inspection/facts-pool.ts";
import type { UploadCtx } from "#lib/uploads/upload-context.ts";
import type { CountCache } from "./count-cache.ts";
import type { ModelTurns } from "./model-turns.ts";
import type { DownloadRecorder } from "./record-download.ts";
import type { WeightComparer } from "./weights/weight-comparer.ts";

/** The context of the use cases of models. */
export type ModelCtx = UploadCtx &
  CardCtx &
  BackupCtx & {
    /** Reads the facts of uploaded bytes, in processes of their own. */
    facts: FactsPool;
    /** Compares the values of tensors, in a thread of its own. */
    weights: WeightComparer;
    downloads: DownloadRecorder;
    audit: AuditRecorder;
    counts: CountCache;
    /** Changes of one model wait for each other. */
    turns: ModelTurns;
  };
