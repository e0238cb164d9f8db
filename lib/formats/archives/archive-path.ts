/** Which names of archive members can become file paths. */
import { RegistryError } from "#lib/errors.ts";
import { plainText } from "../bytes/window-reader.ts";

/** Longer paths cannot be created on the disks that clients unpack to. */
const MAX_PATH_CHARS = 1024;
const MAX_SEGMENT_BYTES = 255;

/** Control characters, line separators, and marks that make a name read in another order than it is. */
const FORBIDDEN = /[\p{Cc}\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ufeff\ufffd\\]/u;

/** `a/b/c.txt`: relative, no `..`, no backslash, no drive letter, nothing invisible, of sane length. */
export function isSafeArchivePath(path: string): boolean {
  if (path.length === 0 || path.length > MAX_PATH_CHARS || !path.isWellFormed()) return false;
  if (FORBIDDEN.test(path) || /^[A-Za-z]:/.test(path)) return false;
  return path
    .split("/")
    .every(
      (segment) =>
        segment !== "" &&
        segment !== "." &&
        segment !== ".." &&
        Buffer.byteLength(segment) <= MAX_SEGMENT_BYTES,
    );
}

/** The path without a leading `./` and a folder's trailing slash. Throws `unsafe_archive`. */
export function safeArchivePath(name: string): string {
  const path = name.replace(/^(\.\/)+/, "").replace(/\/$/, "");
  if (!isSafeArchivePath(path)) {
    throw unsafeArchive(`it names a file ${JSON.stringify(plainText(name, 120))}`);
  }
  return path;
}

/** `The archive is not safe to unpack: it names a file "../x".` */
export function unsafeArchive(what: string, cause?: unknown): RegistryError {
  return new RegistryError("unsafe_archive", `The archive is not safe to unpack: ${what}.`, {
    cause,
  });
}
