/**
 * Finds what in a JSON text would not survive being parsed and kept, with its place. It reads the text itself,
 * because the result of JSON.parse has lost the digits of numbers, and a reviver takes 30 times as long.
 */
import type { FieldProblem } from "#lib/errors.ts";
import { jsonPointer } from "./field-refusal.ts";
import { textProblem } from "./storable-text.ts";

/** Deeper than any configuration of a model; code that reads it later may be recursive. */
export const JSON_MAX_DEPTH = 100;
/** 10,000 files of a registration and 256 KiB of metadata have 160,000; schemas look at every value. */
export const JSON_MAX_VALUES = 250_000;
/** An answer names so many problems; the first ones tell what to repair. */
const PROBLEMS_MAX = 50;
/** With as many digits and no exponent every number is a double. */
const EXACT_DIGITS = 15;

/**
 * `isWhole` is false when the text was given up for its depth or its number of values. A text that is no JSON may
 * have any problems.
 */
export function findJsonProblems(
  text: string,
  path: readonly string[],
  valuesMax = JSON_MAX_VALUES,
): { problems: FieldProblem[]; isWhole: boolean } {
  const scan = new JsonScan(path, valuesMax);
  let at = 0;
  while (at < text.length) {
    const end = endOfToken(text, at);
    if (!scan.take(text, at, end)) return { problems: scan.problems, isWhole: false };
    at = end;
  }
  return { problems: scan.problems, isWhole: true };
}

type Level = { isList: boolean; index: number; key: string; isKeyNext: boolean };

class JsonScan {
  readonly problems: FieldProblem[] = [];
  readonly #path: readonly string[];
  readonly #levels: Level[] = [];
  readonly #valuesMax: number;
  #values = 0;

  constructor(path: readonly string[], valuesMax: number) {
    this.#path = path;
    this.#valuesMax = valuesMax;
  }

  /** False when the rest is not worth reading. */
  take(text: string, at: number, end: number): boolean {
    const level = this.#levels.at(-1);
    switch (text[at]) {
      case "{":
      case "[":
        this.#levels.push({ isList: text[at] === "[", index: 0, key: "", isKeyNext: true });
        return this.#count() && this.#isShallow();
      case "}":
      case "]":
        this.#levels.pop();
        return true;
      case ",":
        if (level) Object.assign(level, { index: level.index + 1, isKeyNext: true });
        return true;
      case ":":
        if (level) level.isKeyNext = false;
        return true;
      case '"':
        return this.#takeText(text.slice(at, end), level);
      default:
        if (isNumber(text[at])) this.#report(numberProblem(text.slice(at, end)));
        return isSpace(text[at]) || this.#count();
    }
  }

  #takeText(token: string, level: Level | undefined): boolean {
    const text = decode(token);
    if (level === undefined || level.isList || !level.isKeyNext) {
      this.#report(textProblem(text));
      return this.#count();
    }
    level.key = text;
    this.#report(keyProblem(text));
    return true;
  }

  #isShallow(): boolean {
    if (this.#levels.length <= JSON_MAX_DEPTH) return true;
    this.#giveUp(`is nested deeper than ${JSON_MAX_DEPTH} levels`);
    return false;
  }

  #count(): boolean {
    this.#values += 1;
    if (this.#values <= this.#valuesMax) return true;
    this.#giveUp(`has more than ${this.#valuesMax} values`);
    return false;
  }

  #report(detail: string | null): void {
    if (detail === null || this.problems.length === PROBLEMS_MAX) return;
    const place = this.#levels.map(({ isList, index, key }) => (isList ? index : key));
    this.problems.push({ pointer: jsonPointer([...this.#path, ...place]), detail });
  }

  #giveUp(detail: string): void {
    this.problems.unshift({ pointer: jsonPointer(this.#path), detail });
  }
}

/** The position behind the text, number, word, space or sign that begins at `at`. */
function endOfToken(text: string, at: number): number {
  if (text[at] === '"') return endOfText(text, at);
  const isMember = isNumber(text[at]) ? isNumber : isSpace(text[at]) ? isSpace : isLetter;
  let end = at + 1;
  if (isMember(text[at])) while (end < text.length && isMember(text[end])) end += 1;
  return end;
}

function endOfText(text: string, at: number): number {
  for (let end = text.indexOf('"', at + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let escapes = 0;
    while (text[end - 1 - escapes] === "\\") escapes += 1;
    if (escapes % 2 === 0) return end + 1;
  }
  return text.length;
}

const isNumber = (sign = "") => (sign >= "0" && sign <= "9") || "-+.eE".includes(sign || " ");
const isSpace = (sign = "") => sign === " " || sign === "\n" || sign === "\r" || sign === "\t";
const isLetter = (sign = "") => sign >= "a" && sign <= "z";

/** Throws SyntaxError. */
function decode(token: string): string {
  return token.includes("\\") ? String(JSON.parse(token)) : token.slice(1, -1);
}

function keyProblem(key: string): string | null {
  // JSON.parse makes a plain property of it, but one careless copy later it is the prototype.
  if (key === "__proto__") return "is not allowed as a key";
  const problem = textProblem(key);
  return problem === null ? null : `is a key that ${problem}`;
}

function numberProblem(source: string): string | null {
  if (source.length <= EXACT_DIGITS && !/e/i.test(source)) return null;
  const value = Number(source);
  if (!Number.isFinite(value)) return "is a number beyond what a double can hold (1.8e308)";
  // Every program rounds fractions to the next double, but the digits of a whole number are meant.
  if (/^-?[0-9]+$/.test(source) && source !== String(value))
    return "is a whole number that a double would change; send it as a string";
  if (value === 0 && /^[^e]*[1-9]/i.test(source))
    return "is a number closer to 0 than a double can hold";
  return null;
}
