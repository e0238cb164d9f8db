import type { UploadWire } from "../schema.ts";
import type { UploadRow } from "./upload-rows.ts";

export function uploadToWire(upload: UploadRow, received: number[]): UploadWire {
  return {
    id: upload.id,
    size_bytes: Number(upload.sizeBytes),
    part_size_bytes: upload.partSizeBytes,
    parts: upload.partCount,
    received,
    digest: upload.digest === null ? null : `sha256:${upload.digest}`,
    expires_at: upload.expiresAt.toISOString(),
  };
}
