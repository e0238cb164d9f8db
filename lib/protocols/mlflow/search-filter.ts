/**
 * MLflow's filters: `name LIKE 'a%' AND tags.\`k\` != 'v' AND run_id IN ('a', 'b')`. Comparisons joined by AND, nothing else.
 * Throws `invalid_request`.
 */
import { RegistryError } from "#lib/errors.ts";
import { textProblem } from "#lib/wire/storable-text.ts";

/** Lists of runs are the longest filters; the planner's time grows with the clauses. */
const FILTER_MAX_LENGTH = 65_536;
const CLAUSES_MAX = 50;
const ITEMS_MAX = 1_000;

export const COMPARATORS = [
  "=",
  "!=",
  "<",
  "<=",
  ">",
  ">=",
  "LIKE",
  "ILIKE",
  "IN",
  "NOT IN",
] as const;
export type Comparator = (typeof COMPARATORS)[number];

export type Clause = { key: string; comparator: Comparator } & (
  | { entity: "attribute" | "tag"; value: string }
  | { entity: "attribute"; value: number }
  | { entity: "attribute"; value: string[] }
);

type Token = { kind: "name" | "text" | "number" | "sign" | "word"; text: string; at: number };

/** Sticky: each takes what begins at the place. Words are told from names by what they are. */
const TOKENS: readonly [Token["kind"], RegExp][] = [
  ["text", /'(?:[^']|'')*'|"(?:[^"]|"")*"/y],
  // A name may have its parts in backticks or quotes: tags.`a b`, attribute.name.
  ["name", /[A-Za-z_][\w-]*(?:\.(?:`[^`]*`|"[^"]*"|[\w./-]+))?/y],
  ["name", /`[^`]*`/y],
  ["number", /-?\d+(?:\.\d+)?/y],
  ["sign", /!=|<>|<=|>=|[=<>(),]/y],
];
const WORDS = new Set(["AND", "LIKE", "ILIKE", "IN", "NOT"]);

export function parseFilter(filter: string): Clause[] {
  if (filter.trim() === "") return [];
  if (filter.length > FILTER_MAX_LENGTH)
    throw invalid(`A filter has at most ${FILTER_MAX_LENGTH} characters.`);
  const reader = new TokenReader(tokensOf(filter), filter);
  const clauses = [readClause(reader)];
  while (reader.next !== undefined) {
    reader.takeWord("AND");
    if (clauses.push(readClause(reader)) > CLAUSES_MAX)
      throw invalid(`A filter has at most ${CLAUSES_MAX} comparisons.`);
  }
  return clauses;
}

function tokensOf(filter: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < filter.length; ) {
    if (/\s/.test(filter[at] ?? "")) {
      at += 1;
      continue;
    }
    const token = tokenAt(filter, at);
    if (token === null) throw invalidClause(filter.slice(at));
    tokens.push(token);
    at += token.text.length;
  }
  return tokens;
}

function tokenAt(filter: string, at: number): Token | null {
  for (const [kind, pattern] of TOKENS) {
    pattern.lastIndex = at;
    const [text] = pattern.exec(filter) ?? [];
    if (text === undefined) continue;
    const isWord = kind === "name" && WORDS.has(text.toUpperCase());
    return { kind: isWord ? "word" : kind, text, at };
  }
  return null;
}

class TokenReader {
  readonly #tokens: readonly Token[];
  readonly #filter: string;
  #place = 0;

  constructor(tokens: readonly Token[], filter: string) {
    this.#tokens = tokens;
    this.#filter = filter;
  }

  get next(): Token | undefined {
    return this.#tokens[this.#place];
  }

  take(kind: Token["kind"], text?: string): string {
    const { next } = this;
    if (next?.kind !== kind || (text !== undefined && next.text.toUpperCase() !== text))
      throw this.refusal();
    this.#place += 1;
    return next.text;
  }

  takeWord(word: string): void {
    this.take("word", word);
  }

  /** Whether it was there, and then taken. */
  has(kind: Token["kind"], text: string): boolean {
    const { next } = this;
    if (next?.kind !== kind || next.text.toUpperCase() !== text) return false;
    this.#place += 1;
    return true;
  }

  refusal(): RegistryError {
    return invalidClause(this.#filter.slice(this.next?.at ?? 0));
  }
}

function readClause(reader: TokenReader): Clause {
  const { entity, key } = readKey(reader.take("name"));
  const comparator = readComparator(reader);
  const { next } = reader;
  if (next?.kind === "sign" && next.text === "(") {
    if (entity === "tag")
      throw invalid(`Expected a quoted string value for tag (e.g. 'my-value').`);
    return { entity, key, comparator, value: readList(reader) };
  }
  if (next?.kind === "number") {
    if (entity === "tag")
      throw invalid(
        `Expected a quoted string value for tag (e.g. 'my-value'). Got value ${next.text}`,
      );
    return { entity, key, comparator, value: Number(reader.take("number")) };
  }
  return { entity, key, comparator, value: textOf(reader.take("text")) };
}

const ENTITIES: Readonly<Record<string, "attribute" | "tag">> = {
  attribute: "attribute",
  attributes: "attribute",
  tag: "tag",
  tags: "tag",
};

function readKey(name: string): { entity: "attribute" | "tag"; key: string } {
  const dot = name.startsWith("`") ? -1 : name.indexOf(".");
  if (dot < 0) return { entity: "attribute", key: bare(name) };
  const entity = Object.hasOwn(ENTITIES, name.slice(0, dot))
    ? ENTITIES[name.slice(0, dot)]
    : undefined;
  if (entity === undefined)
    throw invalid(
      `Invalid entity type '${name.slice(0, dot)}'. Valid entity types are ('attribute', 'tag', 'tags')`,
    );
  return { entity, key: bare(name.slice(dot + 1)) };
}

function bare(text: string): string {
  return /^([`"]).*\1$/s.test(text) && text.length > 1 ? text.slice(1, -1) : text;
}

function readComparator(reader: TokenReader): Comparator {
  const { next } = reader;
  if (next?.kind === "word") {
    if (reader.has("word", "LIKE")) return "LIKE";
    if (reader.has("word", "ILIKE")) return "ILIKE";
    if (reader.has("word", "IN")) return "IN";
    reader.takeWord("NOT");
    reader.takeWord("IN");
    return "NOT IN";
  }
  const sign = reader.take("sign");
  const comparator = COMPARATORS.find((known) => known === (sign === "<>" ? "!=" : sign));
  if (comparator === undefined) throw reader.refusal();
  return comparator;
}

function readList(reader: TokenReader): string[] {
  reader.take("sign", "(");
  const items: string[] = [];
  do {
    items.push(textOf(reader.take("text")));
    if (items.length > ITEMS_MAX) throw invalid(`A list has at most ${ITEMS_MAX} values.`);
  } while (reader.has("sign", ",") && reader.next?.text !== ")");
  reader.take("sign", ")");
  return items;
}

function textOf(quoted: string): string {
  const quote = quoted[0] ?? "'";
  const text = quoted.slice(1, -1).replaceAll(quote + quote, quote);
  const problem = textProblem(text);
  if (problem !== null) throw invalid(`A value of the filter ${problem}.`);
  return text;
}

function invalidClause(rest: string): RegistryError {
  return invalid(`Invalid clause(s) in filter string: '${rest.slice(0, 200).toWellFormed()}'`);
}

export function invalid(detail: string): RegistryError {
  return new RegistryError("invalid_request", detail);
}
