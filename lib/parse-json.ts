/** All JSON that clients send passes here: request bodies, and form fields that hold JSON. */
import { fieldRefusal, jsonPointer } from "./field-refusal.ts";
import { textProblem } from "./storable-text.ts";

/** Deeper than any configuration of a model; what reads it later may be recursive. */
export const JSON_MAX_DEPTH = 100;
/** An answer names so many problems; the first ones tell what to repair. */
const PROBLEMS_MAX = 50;

/** Of a value within its object or list. */
type Found = { holder: unknown; key: string; detail: string };

/**
 * Throws SyntaxError for what is no JSON, and `invalid_request` for what could not be given back as it was sent: texts and
 * keys with NUL or lone surrogates, numbers that a double changes, the key `__proto__`. The problems' pointers begin
 * with `path`.
 */
export function parseJson(text: string, path: readonly string[] = []): unknown {
  if (isTooDeep(text)) {
    const detail = `is nested deeper than ${JSON_MAX_DEPTH} levels`;
    throw fieldRefusal([{ pointer: jsonPointer(path), detail }], "The JSON");
  }
  const found: Found[] = [];
  const value: unknown = JSON.parse(text, function (this: unknown, key, member, context) {
    const detail = keyProblem(key) ?? valueProblem(member, context?.source);
    if (detail !== null && found.length < PROBLEMS_MAX) found.push({ holder: this, key, detail });
    return member;
  } as Reviver);
  if (found.length === 0) return value;
  const places = pathsOf(value);
  const problems = found.map(({ holder, key, detail }) => {
    const place = places.get(holder);
    // The holder of the whole document is in no document.
    return { pointer: jsonPointer(place ? [...path, ...place, key] : path), detail };
  });
  throw fieldRefusal(problems, "The JSON");
}

// The third parameter (ES2026) is not in the compiler's types yet.
type Reviver = (
  this: unknown,
  key: string,
  value: unknown,
  context?: { source?: string },
) => unknown;

function keyProblem(key: string): string | null {
  // From JSON.parse it is a property like any other, but one careless copy later it is not.
  if (key === "__proto__") return "is not allowed as a key";
  const problem = textProblem(key);
  return problem === null ? null : `is a key that ${problem}`;
}

function valueProblem(value: unknown, source: string | undefined): string | null {
  if (typeof value === "string") return textProblem(value);
  if (typeof value !== "number") return null;
  if (!Number.isFinite(value)) return "is a number beyond what a double can hold (1.8e308)";
  if (source === undefined) return null;
  // Fractions are rounded to the next double by everybody; digits of a whole number are meant.
  if (/^-?[0-9]+$/.test(source))
    return source === String(value) || source === "-0"
      ? null
      : "is a whole number that a double would change; send it as a string";
  if (value === 0 && /^[^e]*[1-9]/i.test(source))
    return "is a number closer to 0 than a double can hold";
  return null;
}

/** Before anything recursive sees it, the parser with a reviver included. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  let isInText = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (isInText) {
      if (character === "\\") at += 1;
      else if (character === '"') isInText = false;
    } else if (character === '"') isInText = true;
    else if (character === "{" || character === "[") {
      depth += 1;
      if (depth > JSON_MAX_DEPTH) return true;
    } else if (character === "}" || character === "]") depth -= 1;
  }
  return false;
}

/** Where each object and list of a document is. */
function pathsOf(value: unknown): Map<unknown, readonly string[]> {
  const paths = new Map<unknown, readonly string[]>([[value, []]]);
  for (const [holder, path] of paths) {
    if (typeof holder !== "object" || holder === null) continue;
    for (const [key, member] of Object.entries(holder))
      if (typeof member === "object" && member !== null) paths.set(member, [...path, key]);
  }
  return paths;
}
