import type { BlobCtx } from "#lib/blobs/blob-context.ts";
import type { BackupTargets } from "./backup-targets.ts";

/** The context of the use cases of backups. */
export type BackupCtx = BlobCtx & { backups: BackupTargets };
