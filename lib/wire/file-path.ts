import { RegistryError } from "#lib/errors.ts";

/** Long enough for every model on the Hub; short enough for any file system a client unpacks to. */
export const FILE_PATH_MAX_BYTES = 1024;
/** NAME_MAX of Linux, macOS and Windows file systems. */
export const PATH_SEGMENT_MAX_BYTES = 255;

// Windows gives these names to devices, whatever extension follows.
const DEVICE_NAME = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)\s*(\.|$)/i;
/** Marks that turn the reading direction: `model<U+202E>xno.exe` shows as another name. */
const BIDI = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
/** C0, C1, line separators and the byte order mark. */
const CONTROL = /[\p{Cc}\u2028\u2029\ufeff]/u;

const byteLength = (text: string) => Buffer.byteLength(text, "utf8");

/**
 * The path of a file inside a version, from a client's text: relative, with `/` between segments,
 * NFC-normalised, safe to create on every operating system. Throws `invalid_path`.
 */
export function parseFilePath(text: string): string {
  const reason = problemOf(text);
  if (reason === null) return text.normalize("NFC");
  throw invalidPath(text, reason);
}

function problemOf(text: string): string | null {
  if (text === "") return "it is empty";
  // Before any other work, so that a megabyte of path costs nothing.
  if (text.length > FILE_PATH_MAX_BYTES) return `it is over ${FILE_PATH_MAX_BYTES} bytes`;
  if (!text.isWellFormed()) return "it is not valid Unicode";
  if (CONTROL.test(text)) return "it has control characters";
  if (BIDI.test(text)) return "it has characters that change the reading direction";
  if (text.includes("\\")) return "it has a backslash; separate folders by /";
  if (text.startsWith("/")) return "it is absolute; give it relative to the version";
  const path = text.normalize("NFC");
  if (byteLength(path) > FILE_PATH_MAX_BYTES) return `it is over ${FILE_PATH_MAX_BYTES} bytes`;
  for (const segment of path.split("/")) {
    const reason = segmentProblem(segment);
    if (reason !== null) return reason;
  }
  return null;
}

function segmentProblem(segment: string): string | null {
  if (segment === "") return "it has an empty segment";
  if (segment === "." || segment === "..") return "it has a . or .. segment";
  if (byteLength(segment) > PATH_SEGMENT_MAX_BYTES)
    return `a segment is over ${PATH_SEGMENT_MAX_BYTES} bytes`;
  if (DEVICE_NAME.test(segment)) return "a segment is a device name of Windows";
  if (segment.includes(":")) return "it has a colon, which names drives and streams on Windows";
  if (/[. ]$/.test(segment)) return "a segment ends with a dot or a space, which Windows drops";
  return null;
}

function invalidPath(text: string, reason: string): RegistryError {
  const shown = JSON.stringify(text.slice(0, 100).toWellFormed()).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return new RegistryError("invalid_path", `The path ${shown} cannot be stored: ${reason}.`, {
    problems: [{ pointer: "/file", detail: reason }],
  });
}

/**
 * The paths of one version. No two may be equal on a case-insensitive file system, and none may be
 * a folder of another: a version must be unpackable wherever its users are.
 */
export class FilePaths {
  readonly #files = new Set<string>();
  readonly #folders = new Set<string>();

  /** Takes a path that `parseFilePath` gave. Throws `invalid_path`. */
  add(path: string): void {
    // Upper then lower case folds more than either alone (sharp s, final sigma).
    const key = path.toUpperCase().toLowerCase().normalize("NFC");
    if (this.#files.has(key)) throw invalidPath(path, "another file of this version has it");
    if (this.#folders.has(key)) throw invalidPath(path, "it is a folder of another file");
    for (let at = key.indexOf("/"); at !== -1; at = key.indexOf("/", at + 1)) {
      const folder = key.slice(0, at);
      if (this.#files.has(folder)) throw invalidPath(path, "one of its folders is a file");
      this.#folders.add(folder);
    }
    this.#files.add(key);
  }
}
