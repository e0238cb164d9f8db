/** The literals of Python that NumPy's headers are made of: texts, numbers, True, False, None, tuples, lists, dicts. */

export type PythonLiteral =
  | null
  | boolean
  | number
  | string
  | PythonLiteral[]
  | Map<string, PythonLiteral>;

/** Says what is wrong and where. */
export class LiteralProblem extends Error {}

/** A structured type nests its fields; NumPy's own reader stops at Python's limits. */
const MAX_DEPTH = 16;

const BLANK = /[ \t\r\n]*/y;
/** Python 2 wrote lengths as `3L`. */
const NUMBER = /-?\d{1,16}L?(?![\w.])/y;
const WORD = /True|False|None/y;
const TEXT = /[bu]?(?:'((?:[^'\\\n]|\\[\\'"])*)'|"((?:[^"\\\n]|\\[\\'"])*)")/y;

/** Throws LiteralProblem, also for what is a literal of Python and in no header. Keys of dicts are texts. */
export function parsePythonLiteral(text: string): PythonLiteral {
  let at = 0;
  const fail = (what: string): never => {
    throw new LiteralProblem(`${what} at character ${at}`);
  };
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found) at = pattern.lastIndex;
    return found;
  };
  const take = (character: string): boolean => {
    match(BLANK);
    if (text[at] !== character) return false;
    at += 1;
    return true;
  };
  const items = (end: string, depth: number): { values: PythonLiteral[]; commas: number } => {
    const values: PythonLiteral[] = [];
    let commas = 0;
    while (!take(end)) {
      if (values.length > commas) fail("a comma is missing");
      values.push(value(depth));
      if (take(",")) commas += 1;
    }
    return { values, commas };
  };
  const dict = (depth: number): Map<string, PythonLiteral> => {
    const entries = new Map<string, PythonLiteral>();
    while (!take("}")) {
      const key = value(depth);
      if (typeof key !== "string") return fail("a key is no text");
      if (entries.has(key)) fail("a key is there twice");
      if (!take(":")) fail("a colon is missing");
      entries.set(key, value(depth));
      if (take(",")) continue;
      return take("}") ? entries : fail("a comma is missing");
    }
    return entries;
  };
  const value = (depth: number): PythonLiteral => {
    if (depth > MAX_DEPTH) fail("it is nested too deep");
    if (take("{")) return dict(depth + 1);
    if (take("[")) return items("]", depth + 1).values;
    if (take("(")) {
      const { values, commas } = items(")", depth + 1);
      // Parentheses around one value, without a comma, are no tuple.
      return values.length === 1 && commas === 0 ? (values[0] as PythonLiteral) : values;
    }
    const word = match(WORD)?.[0];
    if (word !== undefined) return word === "None" ? null : word === "True";
    const number = match(NUMBER)?.[0];
    if (number !== undefined) {
      const read = Number(number.replace("L", ""));
      return Number.isSafeInteger(read) ? read : fail("a number is too large");
    }
    const string = match(TEXT);
    if (string) return (string[1] ?? string[2] ?? "").replace(/\\(.)/g, "$1");
    return fail("a value is missing");
  };
  const parsed = value(0);
  match(BLANK);
  if (at < text.length) fail("something follows its end");
  return parsed;
}
