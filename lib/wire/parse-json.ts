/** All JSON that clients send passes here: request bodies, and form fields that hold JSON. */
import { fieldRefusal } from "./field-refusal.ts";
import { findJsonProblems, JSON_MAX_VALUES } from "./json-problems.ts";

/**
 * Throws SyntaxError for a text that is no JSON, and `invalid_request` for one that could not be given back as it was
 * sent: with NUL or lone surrogates in texts and keys, numbers that a double changes, or the key `__proto__`; also
 * for one that is nested too deeply or has too many values. The problems' pointers begin with `path`.
 */
export function parseJson(
  text: string,
  path: readonly string[] = [],
  valuesMax = JSON_MAX_VALUES,
): unknown {
  const { problems, isWhole } = findJsonProblems(text, path, valuesMax);
  // A text that is no JSON is a SyntaxError, whatever problems were found in it.
  const value: unknown = isWhole ? JSON.parse(text) : undefined;
  if (problems.length === 0) return value;
  throw fieldRefusal(problems, "The JSON");
}
