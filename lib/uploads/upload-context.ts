import type { AccountsCtx } from "#lib/accounts/accounts-context.ts";
import type { BlobCtx } from "#lib/blobs/blob-context.ts";
import type { UploadTransfers } from "./resumable/upload-transfers.ts";

/** The context of the use cases of uploads; `transfers` are those that this process is busy with. */
export type UploadCtx = BlobCtx & AccountsCtx & { transfers: UploadTransfers };
