import { type ErrorCode, type FieldProblem, RegistryError } from "#lib/errors.ts";

/** Keys of a client may have any length; an answer shows the beginning. */
const SEGMENT_MAX_LENGTH = 100;

/** RFC 6901: where in a JSON document, or which form field or parameter as `/name`. */
export function jsonPointer(path: readonly PropertyKey[]): string {
  return path
    .map((key) => String(key).slice(0, SEGMENT_MAX_LENGTH))
    .map((key) => `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`)
    .join("");
}

/**
 * The sentence is about the first problem; `whole` names what a problem without a pointer is about, such as "The
 * body".
 */
export function fieldRefusal(
  problems: readonly FieldProblem[],
  whole: string,
  { code = "invalid_request", cause }: { code?: ErrorCode; cause?: unknown } = {},
): RegistryError {
  const [first] = problems;
  const subject = first?.pointer.slice(1) || whole;
  const detail = first?.detail ?? "is not valid";
  // A message that a schema writes itself is a sentence of its own.
  const joint = /^[A-Z]/.test(detail) ? ": " : " ";
  const end = detail.endsWith(".") ? "" : ".";
  return new RegistryError(code, `${subject}${joint}${detail}${end}`, { problems, cause });
}
