import type { BlobCtx } from "#lib/blobs/blob-context.ts";
import type { UploadTransfers } from "./resumable/upload-transfers.ts";

/** What the use cases of uploads work with; `transfers` are those that this process is busy with. */
export type UploadCtx = BlobCtx & { transfers: UploadTransfers };
