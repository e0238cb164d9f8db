/**
 * JSON (RFC 8259) as a Map tree that refuses what JSON.parse forgives: duplicate keys, of which two
 * programs may each believe another one, and deep nesting. `__proto__` is a key like any other.
 */

/** Null, strings, booleans, numbers, and containers of them. */
export type Json = null | string | boolean | number | Json[] | Map<string, Json>;

/** Says what is wrong and where; readers turn it into an error that names the file. */
export class JsonProblem extends Error {}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const BLANK = /[ \t\n\r]*/y;
const LITERALS: readonly (readonly [string, Json])[] = [
  ["true", true],
  ["false", false],
  ["null", null],
];

/** Throws JsonProblem. */
export function parseStrictJson(text: string, maxDepth: number): Json {
  let at = 0;

  const fail = (what: string): never => {
    throw new JsonProblem(`${what} at character ${at}`);
  };
  const skipBlank = () => {
    BLANK.lastIndex = at;
    BLANK.test(text);
    at = BLANK.lastIndex;
  };
  const string = (): string => {
    if (text[at] !== '"') fail("a string is missing");
    let end = text.indexOf('"', at + 1);
    while (end > 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
    if (end < 0) fail("a string does not end");
    const literal = text.slice(at, end + 1);
    try {
      const value: unknown = JSON.parse(literal);
      if (typeof value !== "string") return fail("a string is not valid");
      at = end + 1;
      return value;
    } catch {
      return fail("a string is not valid");
    }
  };
  const number = (): number => {
    NUMBER.lastIndex = at;
    const match = NUMBER.exec(text);
    if (!match) return fail("a value is missing");
    at = NUMBER.lastIndex;
    return Number(match[0]);
  };
  /** After an element: true when another one follows. */
  const goesOn = (close: string): boolean => {
    skipBlank();
    const char = text[at];
    if (char !== "," && char !== close) fail(`"," or "${close}" is missing`);
    at += 1;
    return char === ",";
  };
  const isEmpty = (close: string): boolean => {
    at += 1;
    skipBlank();
    if (text[at] !== close) return false;
    at += 1;
    return true;
  };
  const object = (depth: number): Json => {
    const map = new Map<string, Json>();
    if (isEmpty("}")) return map;
    do {
      skipBlank();
      const key = string();
      if (map.has(key)) fail("a key occurs twice");
      skipBlank();
      if (text[at] !== ":") fail('":" is missing');
      at += 1;
      map.set(key, value(depth + 1));
    } while (goesOn("}"));
    return map;
  };
  const array = (depth: number): Json => {
    const list: Json[] = [];
    if (isEmpty("]")) return list;
    do list.push(value(depth + 1));
    while (goesOn("]"));
    return list;
  };
  const value = (depth: number): Json => {
    if (depth > maxDepth) fail(`it is nested more than ${maxDepth} deep`);
    skipBlank();
    const char = text[at];
    if (char === "{") return object(depth);
    if (char === "[") return array(depth);
    if (char === '"') return string();
    for (const [word, meaning] of LITERALS) {
      if (text.startsWith(word, at)) {
        at += word.length;
        return meaning;
      }
    }
    return number();
  };

  const result = value(1);
  skipBlank();
  if (at < text.length) fail("something follows the end");
  return result;
}

function isEscaped(text: string, quote: number): boolean {
  let slashes = 0;
  while (text[quote - 1 - slashes] === "\\") slashes += 1;
  return slashes % 2 === 1;
}
