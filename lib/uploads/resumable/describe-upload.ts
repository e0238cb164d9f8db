import { assertMay } from "#lib/access/policy.ts";
import type { Ctx } from "#lib/context.ts";
import type { UploadWire } from "../schema.ts";
import { getUpload, listReceived } from "./upload-rows.ts";
import { uploadToWire } from "./upload-wire.ts";

/** Which parts are there. Throws `upload_not_found`. */
export async function describeUpload(ctx: Ctx, id: string): Promise<UploadWire> {
  assertMay(ctx, "version.register");
  const upload = await getUpload(ctx, id);
  return uploadToWire(upload, await listReceived(ctx, id));
}
