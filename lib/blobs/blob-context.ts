import type { Ctx } from "#lib/context.ts";
import type { BlobStore } from "./blob-store.ts";

/** What the use cases of blobs work with. */
export type BlobCtx = Ctx & { blobs: BlobStore };
