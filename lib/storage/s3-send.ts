import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { PutObjectCommand, type S3Client, UploadPartCommand } from "@aws-sdk/client-s3";
import type { BlobReader } from "./contract.ts";
import { backOff } from "./s3-body.ts";
import type { S3Bucket } from "./s3-bucket.ts";
import { withPieceBuffer } from "./s3-buffers.ts";
import {
  isBrokenOnTheWay,
  isPreconditionFailed,
  isWriteConflict,
  storageCorrupt,
} from "./s3-errors.ts";
import { MAX_PARTS, type MadePart, sendInParts } from "./s3-multipart.ts";

/** A part of a resumable upload of the usual size goes in one request. Some stores want all pieces but the last to be of one length. */
const PIECE_BYTES = 16 * 1024 * 1024;
/** Hashed and checked in turns of less than a millisecond, between which other requests go on. */
const STEP_BYTES = 1024 * 1024;
const MAX_ATTEMPTS = 4;
const MEBIBYTE = 1024 * 1024;

type Piece = { bytes: Buffer; sha256: string; crc32: string };

/**
 * Writes all of `source` under `key`: at once if it is small, in pieces otherwise. Nothing is visible under the key
 * before everything is there. With `ifAbsent`, false means that the key exists. `sha256` is that of the whole, if it
 * is known.
 */
export async function sendObject(
  bucket: S3Bucket,
  key: string,
  source: BlobReader,
  options: { sha256?: string; ifAbsent: boolean },
): Promise<boolean> {
  const { sizeBytes } = source;
  if (sizeBytes <= PIECE_BYTES)
    return withPiece(bucket, source, 0, sizeBytes, (piece) =>
      putObject(
        bucket,
        key,
        { ...piece, sha256: options.sha256 ?? piece.sha256 },
        options.ifAbsent,
      ),
    );
  const pieceBytes = pieceBytesFor(sizeBytes);
  const count = Math.ceil(sizeBytes / pieceBytes);
  return sendInParts(bucket, key, { count, sizeBytes, ifAbsent: options.ifAbsent }, (part) => {
    const start = (part.PartNumber - 1) * pieceBytes;
    const length = Math.min(pieceBytes, sizeBytes - start);
    return withPiece(bucket, source, start, length, (piece) => uploadPart(bucket, part, piece));
  });
}

/** Small content that is in memory: replaces what is there. */
export async function putBytes(bucket: S3Bucket, key: string, content: Uint8Array): Promise<void> {
  const bytes = Buffer.from(content);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  await putObject(bucket, key, { bytes, sha256, crc32: base64Crc(crc32(bytes)) }, false);
}

/** At most 10,000 pieces make an object. */
function pieceBytesFor(sizeBytes: number): number {
  return Math.max(PIECE_BYTES, Math.ceil(sizeBytes / MAX_PARTS / MEBIBYTE) * MEBIBYTE);
}

/** Reads a piece and hashes it: the CRC where the store compares it, else SHA-256, which is dearer. */
function withPiece<T>(
  bucket: S3Bucket,
  source: BlobReader,
  start: number,
  length: number,
  work: (piece: Piece) => Promise<T>,
): Promise<T> {
  return withPieceBuffer(length, PIECE_BYTES, async (bytes) => {
    const hash = bucket.isVerifying ? null : createHash("sha256");
    let crc = 0;
    for (let at = 0; at < length; at += STEP_BYTES) {
      const step = bytes.subarray(at, Math.min(at + STEP_BYTES, length));
      if ((await source.read(step, start + at)) < step.byteLength)
        throw storageCorrupt(new Error(`the source ends before ${start + at + step.byteLength}`));
      hash?.update(step);
      crc = crc32(step, crc);
    }
    return work({ bytes, sha256: hash?.digest("hex") ?? "", crc32: base64Crc(crc) });
  });
}

async function putObject(
  bucket: S3Bucket,
  key: string,
  piece: Piece,
  ifAbsent: boolean,
): Promise<boolean> {
  for (let attempt = 1; ; attempt += 1) {
    const command = new PutObjectCommand({
      ...bucket.at(key),
      Body: piece.bytes,
      ContentLength: piece.bytes.byteLength,
      ...(bucket.isVerifying ? { ChecksumCRC32: piece.crc32 } : {}),
      ...(ifAbsent && bucket.isConditional ? { IfNoneMatch: "*" } : {}),
    });
    signWith(command, piece.sha256);
    try {
      await bucket.client.send(command);
      return true;
    } catch (error) {
      if (ifAbsent && isPreconditionFailed(error)) return false;
      const isWorthIt = isBrokenOnTheWay(error) || isWriteConflict(error);
      if (!isWorthIt || attempt === MAX_ATTEMPTS) throw error;
      await backOff(attempt);
    }
  }
}

async function uploadPart(
  bucket: S3Bucket,
  part: { Bucket: string; Key: string; UploadId: string; PartNumber: number },
  piece: Piece,
): Promise<MadePart> {
  const checksum = bucket.isVerifying ? { ChecksumCRC32: piece.crc32 } : {};
  for (let attempt = 1; ; attempt += 1) {
    const command = new UploadPartCommand({
      ...part,
      ...checksum,
      Body: piece.bytes,
      ContentLength: piece.bytes.byteLength,
    });
    signWith(command, piece.sha256);
    try {
      const answer = await bucket.client.send(command);
      return { PartNumber: part.PartNumber, ETag: answer.ETag, ...checksum };
    } catch (error) {
      if (!isBrokenOnTheWay(error) || attempt === MAX_ATTEMPTS) throw error;
      await backOff(attempt);
    }
  }
}

/**
 * The signature of a request covers the hash of its body, which the store compares. Given here so that the SDK
 * does not hash megabytes in one go on the event loop.
 */
function signWith(command: PutObjectCommand | UploadPartCommand, sha256: string): void {
  const header = sha256 === "" ? "UNSIGNED-PAYLOAD" : sha256;
  const stack = command.middlewareStack as S3Client["middlewareStack"];
  stack.add(
    (next) => (input) => {
      const { headers } = input.request as { headers: Record<string, string> };
      headers["x-amz-content-sha256"] = header;
      return next(input);
    },
    { step: "build", name: "payloadHash" },
  );
}

function base64Crc(value: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes.toString("base64");
}
