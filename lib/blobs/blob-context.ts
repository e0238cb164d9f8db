import type { Ctx } from "#lib/context.ts";
import type { BlobStore } from "./blob-store.ts";

/** The context of the use cases of blobs. */
export type BlobCtx = Ctx & { blobs: BlobStore };
