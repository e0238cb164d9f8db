/** All JSON that clients send passes here: request bodies, and form fields that hold JSON. */
import { fieldRefusal } from "./field-refusal.ts";
import { findJsonProblems } from "./json-problems.ts";

/**
 * Throws SyntaxError for what is no JSON, and `invalid_request` for what could not be given back as it was sent: texts and
 * keys with NUL or lone surrogates, numbers that a double changes, the key `__proto__`; also for what is nested too deeply
 * or has too many values. The problems' pointers begin with `path`.
 */
export function parseJson(text: string, path: readonly string[] = []): unknown {
  const { problems, isWhole } = findJsonProblems(text, path);
  // Whatever was found in it, a text that is no JSON is a SyntaxError.
  const value: unknown = isWhole ? JSON.parse(text) : undefined;
  if (problems.length === 0) return value;
  throw fieldRefusal(problems, "The JSON");
}
