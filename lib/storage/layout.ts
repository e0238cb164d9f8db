/**
 * Owns every key of the store. Nothing else in the program spells a path below the base folder.
 *
 * ```
 * <base_path>/
 *   blobs/sha256/ab/cd/<hex>          content, raw
 *   blobs/sha256/ab/cd/<hex>.mrz      the same content, compressed (docs/mrz-format.md)
 *   blobs/sha256/ab/cd/<hex>.mrz.new-<random>  proven, about to get that name
 *   uploads/tmp-<owner>-<random>      writes in progress (disk-temporary.ts says who owns one)
 *   uploads/<id>/                     resumable transfers in progress
 *   quarantine/<original key>         bytes that did not match their digest, kept for the operator
 *   cache/<hex>                       decompressed hot blobs of this machine; not seen by drivers
 *   metadata/<model>/<version>.json   the record of a version: its manifest, and what people changed since
 *   metadata/<model>/model.json       the record of a model; the records are enough to rebuild the database
 *   audit/<seq>-<hash>.json           a signed checkpoint of the audit log's chain
 * ```
 *
 * The checksums that prove parts of a raw blob (`block-sums.ts`) are in the database.
 *
 * A blob's key is made of its digest, a manifest's of a checked model name and version: no key holds
 * a file name that a client sent.
 */

export const BLOBS_FOLDER = "blobs/";
export const METADATA_FOLDER = "metadata/";
export const AUDIT_FOLDER = "audit/";
export const QUARANTINE_FOLDER = "quarantine/";
/** Only drivers write here. */
export const UPLOADS_FOLDER = "uploads/";
export const FOLDERS = [
  BLOBS_FOLDER,
  METADATA_FOLDER,
  AUDIT_FOLDER,
  QUARANTINE_FOLDER,
  UPLOADS_FOLDER,
] as const;
/** Below the base path of this machine, whatever the driver is. */
export const CACHE_FOLDER_NAME = "cache";
const COMPRESSED_SUFFIX = ".mrz";

const HEX_SHA256 = /^[0-9a-f]{64}$/;
// The same alphabets as model names and semantic versions: neither has a separator or starts with a dot.
const MODEL_SEGMENT = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const VERSION_SEGMENT = /^[0-9][0-9A-Za-z.+-]{0,127}$/;
const KEY_SEGMENT = /^[A-Za-z0-9_][A-Za-z0-9._+-]{0,254}$/;

/** Two levels of 256 folders keep each small at ten million blobs. `sha256` is lowercase hex. */
export function blobKey(sha256: string): string {
  if (!HEX_SHA256.test(sha256)) throw new TypeError("A blob is named by a lowercase hex SHA-256.");
  return `${BLOBS_FOLDER}sha256/${sha256.slice(0, 2)}/${sha256.slice(2, 4)}/${sha256}`;
}

/** The compressed form of the same blob. */
export function compressedBlobKey(sha256: string): string {
  return blobKey(sha256) + COMPRESSED_SUFFIX;
}

/** A compressed form that is durable, until the database knows of it. `id` is ours: hex. */
export function newCompressedBlobKey(sha256: string, id: string): string {
  return `${compressedBlobKey(sha256)}.new-${id}`;
}

/** Where all forms of a blob lie, beside those of others. */
export function blobFolder(sha256: string): string {
  return blobKey(sha256).slice(0, -sha256.length);
}

/** True for a compressed form without its final name, as a crash may leave one. */
export function isNewCompressedBlobKey(key: string): boolean {
  return /\.mrz\.new-[0-9a-f]+$/.test(key);
}

/** What a key of `blobs/` holds, null for any other key. */
export function parseBlobKey(key: string): { sha256: string; encoding: "raw" | "mrz" } | null {
  const name = key.slice(key.lastIndexOf("/") + 1);
  const isCompressed = name.endsWith(COMPRESSED_SUFFIX);
  const sha256 = isCompressed ? name.slice(0, -COMPRESSED_SUFFIX.length) : name;
  if (!HEX_SHA256.test(sha256)) return null;
  const expected = isCompressed ? compressedBlobKey(sha256) : blobKey(sha256);
  return expected === key ? { sha256, encoding: isCompressed ? "mrz" : "raw" } : null;
}

/**
 * Model names are unique case-insensitively and the folder is lowercase, so that a store copied to a
 * case-insensitive file system keeps every manifest. Versions may differ by case (`1.0.0-RC`, `1.0.0-rc`),
 * hence the escape of capitals.
 */
export function manifestKey(model: string, version: string): string {
  if (!MODEL_SEGMENT.test(model)) throw new TypeError("This is not a model name.");
  if (!VERSION_SEGMENT.test(version)) throw new TypeError("This is not a semantic version.");
  const escaped = version.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return `${METADATA_FOLDER}${model.toLowerCase()}/${escaped}.json`;
}

/** A version begins with a digit, so no manifest has this name. */
export function modelRecordKey(model: string): string {
  return `${manifestFolder(model)}model.json`;
}

/** The folder of all manifests of a model. */
export function manifestFolder(model: string): string {
  if (!MODEL_SEGMENT.test(model)) throw new TypeError("This is not a model name.");
  return `${METADATA_FOLDER}${model.toLowerCase()}/`;
}

/** What a checkpoint states is in its name, so that a listing is enough to compare them. `hash` is lowercase hex. */
export function checkpointKey(seq: bigint, hash: string): string {
  if (!HEX_SHA256.test(hash))
    throw new TypeError("A checkpoint is named by a lowercase hex SHA-256.");
  return `${AUDIT_FOLDER}${seq.toString().padStart(16, "0")}-${hash}.json`;
}

/** null for a key that names no checkpoint. */
export function parseCheckpointKey(key: string): { seq: bigint; hash: string } | null {
  const [, seq, hash] = /^audit\/([0-9]{16})-([0-9a-f]{64})\.json$/.exec(key) ?? [];
  return seq === undefined || hash === undefined ? null : { seq: BigInt(seq), hash };
}

export function quarantineKey(key: string): string {
  return QUARANTINE_FOLDER + checkKey(key);
}

const UPLOAD_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The folder of a resumable transfer; its id is a UUID that we made. */
export function uploadFolder(id: string): string {
  if (!UPLOAD_ID.test(id)) throw new TypeError("A transfer is named by a UUID.");
  return `${UPLOADS_FOLDER}${id}/`;
}

export function isUploadId(name: string): boolean {
  return UPLOAD_ID.test(name);
}

/** Drivers call this on every key: a wrong one is a mistake in the program, never a client's. */
export function checkKey(key: string): string {
  const segments = key.split("/");
  if (segments.length < 2 || !segments.every((segment) => KEY_SEGMENT.test(segment)))
    throw new TypeError(`Not a storage key: ${JSON.stringify(key)}`);
  return key;
}

/** The same for a folder of `list`: empty, or keys' segments with a slash after each. */
export function checkFolder(folder: string): string {
  const segments = folder.split("/");
  if (folder !== "" && (segments.pop() !== "" || !segments.every((s) => KEY_SEGMENT.test(s))))
    throw new TypeError(`Not a storage folder: ${JSON.stringify(folder)}`);
  return folder;
}
