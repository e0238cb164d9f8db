/**
 * Owns every key of the store. Nothing else in the program spells a path below the base folder.
 *
 * ```
 * <base_path>/
 *   blobs/sha256/ab/cd/<hex>          content, raw
 *   uploads/tmp-<owner>-<random>      writes in progress (disk-temporary.ts says who owns one)
 *   metadata/<model>/<version>.json   the manifest, enough to rebuild the database without it
 *   trash/<original key>              deleted, restorable until the retention ends
 * ```
 *
 * A blob's key is made of its digest, a manifest's of a checked model name and version: no key holds
 * a file name that a client sent.
 */

export const BLOBS_FOLDER = "blobs/";
export const METADATA_FOLDER = "metadata/";
export const TRASH_FOLDER = "trash/";
/** Only drivers write here. */
export const UPLOADS_FOLDER = "uploads/";
export const FOLDERS = [BLOBS_FOLDER, METADATA_FOLDER, TRASH_FOLDER, UPLOADS_FOLDER] as const;

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

/** The digest of a blob's key, null for any other key. */
export function digestOfKey(key: string): string | null {
  const sha256 = key.slice(key.lastIndexOf("/") + 1);
  return HEX_SHA256.test(sha256) && blobKey(sha256) === key ? sha256 : null;
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

/** The folder of all manifests of a model. */
export function manifestFolder(model: string): string {
  if (!MODEL_SEGMENT.test(model)) throw new TypeError("This is not a model name.");
  return `${METADATA_FOLDER}${model.toLowerCase()}/`;
}

export function trashKey(key: string): string {
  return TRASH_FOLDER + checkKey(key);
}

/** Where a key of the trash came from. */
export function restoredKey(key: string): string {
  if (!key.startsWith(TRASH_FOLDER)) throw new TypeError("This key is not in the trash.");
  return key.slice(TRASH_FOLDER.length);
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
