import { assertMay } from "#lib/access/policy.ts";
import { withCurrentActor } from "#lib/context.ts";
import { RegistryError } from "#lib/errors.ts";
import type { PartWriter, UploadArea } from "#lib/storage/contract.ts";
import { claimSpace } from "../free-space.ts";
import type { UploadCtx } from "../upload-context.ts";
import { ContentDigest } from "./content-digest.ts";
import { checkPartHeaders, type PartBody, readPartBody } from "./part-body.ts";
import { compareWithStored } from "./stored-part.ts";
import {
  getUpload,
  isReceived,
  recordPart,
  shapeOf,
  type UploadRow,
  uploadNotFound,
} from "./upload-rows.ts";

export type PutPartInput = PartBody & {
  id: string;
  part: number;
  /** The length of the whole is not known yet, so that nothing is hashed before it is complete. */
  isOfUnknownLength?: boolean;
};

/**
 * Stores one part durably. Parts never change once they are received: the same part again succeeds with the same bytes,
 * and is refused with others.
 *
 * Throws `upload_not_found`, `upload_conflict`, `invalid_request`, `length_mismatch`, `digest_mismatch`,
 * `insufficient_storage`, `storage_read_only`.
 */
export async function putPart(ctx: UploadCtx, input: PutPartInput): Promise<void> {
  assertMay(ctx, "version.register");
  const { id, part, headers } = input;
  // The key has the actor's id: nobody waits for, or ends, an attempt of somebody else.
  const turn = await ctx.transfers.turns.take(`${ctx.actor.id}/${id}/${part}`);
  try {
    const upload = await getUpload(ctx, id);
    const lengthBytes = lengthOf(upload, part);
    checkPartHeaders(headers, part, lengthBytes);
    const digest = new ContentDigest(headers["content-digest"] ?? null);
    if (upload.state !== "open") throw isComplete(id);
    const { signal } = turn;
    const receive = (take: (chunk: Uint8Array) => Promise<void>) =>
      readPartBody(input, { part, lengthBytes, digest, signal }, take);
    const isAgain = await isReceived(ctx, id, part);
    const claim = isAgain ? null : await claimSpace(ctx.storage, lengthBytes, ctx.config.storage);
    try {
      const area = await ctx.storage.openUpload(id, shapeOf(upload));
      try {
        if (isAgain) await compareWithStored(area, upload, part, receive);
        else await writePart(area, part, receive);
      } finally {
        await area.close();
      }
    } finally {
      claim?.release();
    }
    // A part may have taken hours to arrive.
    assertMay(await withCurrentActor(ctx), "version.register");
    const isOpen = await recordPart(ctx, id, part);
    // It is no mistake to send the same bytes again while another request completed the upload.
    if (!isOpen && !isAgain) throw uploadNotFound(id);
    if (isOpen && !input.isOfUnknownLength) ctx.transfers.follow(ctx, upload);
  } finally {
    turn.end();
  }
}

async function writePart(
  area: UploadArea,
  part: number,
  receive: (take: (chunk: Uint8Array) => Promise<void>) => Promise<void>,
): Promise<void> {
  const writer: PartWriter = await area.createPartWriter(part);
  try {
    await receive((chunk) => writer.write(chunk));
    await writer.finish();
  } finally {
    await writer.abort();
  }
}

function lengthOf(upload: UploadRow, part: number): number {
  const { sizeBytes, partSizeBytes } = shapeOf(upload);
  if (part < upload.partCount) return Math.min(partSizeBytes, sizeBytes - part * partSizeBytes);
  throw new RegistryError(
    "invalid_request",
    `The upload has ${upload.partCount} parts, numbered from 0: there is no part ${part}.`,
    { problems: [{ pointer: "/part", detail: `is over ${upload.partCount - 1}` }] },
  );
}

function isComplete(id: string): RegistryError {
  return new RegistryError("upload_conflict", `The upload ${id} is complete and takes no parts.`);
}
