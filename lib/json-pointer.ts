/** Keys of a client may have any length; an answer shows the beginning. */
const SEGMENT_MAX_LENGTH = 100;

/** RFC 6901: where in a JSON document, or which form field or parameter as `/name`. */
export function jsonPointer(path: readonly PropertyKey[]): string {
  return path
    .map((key) => String(key).slice(0, SEGMENT_MAX_LENGTH))
    .map((key) => `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`)
    .join("");
}
