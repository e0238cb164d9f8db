/**
 * Rules on a version's metadata, such as `accuracy >= 0.9 and data.split == "test"`:
 *
 *   rule       = comparison *( "and" comparison )
 *   comparison = path operator literal
 *   path       = name *( "." name )
 *   name       = a letter or underscore, then letters, digits, underscores and hyphens
 *   operator   = ">=" | "<=" | ">" | "<" | "==" | "!="
 *   literal    = a JSON number, a JSON string, "true", "false" or "null"
 *
 * Nothing is run: a rule is a list of comparisons. `<` and its kin compare numbers with numbers; whatever is missing or of
 * another type does not pass, not even `!=`.
 */
export const RULE_MAX_LENGTH = 1_000;
const COMPARISONS_MAX = 20;

type Operator = ">=" | "<=" | ">" | "<" | "==" | "!=";
type Literal = number | string | boolean | null;
export type Comparison = { text: string; path: string[]; operator: Operator; literal: Literal };
export type ComparisonResult = {
  text: string;
  passes: boolean;
  /** What the metadata has there, as JSON; null where it has nothing. */
  found: string | null;
};

/** Says what is wrong with a rule, and where. */
export class RuleError extends Error {
  override readonly name = "RuleError";
}

const COMPARISON =
  /[ \t]*([A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z_][A-Za-z0-9_-]*)*)[ \t]*(>=|<=|==|!=|>|<)[ \t]*(-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|"(?:[^"\\]|\\.)*"|true|false|null)(?![A-Za-z0-9_.])[ \t]*/y;
const AND = /and(?![A-Za-z0-9_.-])/y;

/** The comparisons of a rule; none for an empty one. Throws RuleError. */
export function parseRule(text: string): Comparison[] {
  if (text.trim() === "") return [];
  if (text.length > RULE_MAX_LENGTH)
    throw new RuleError(`A rule has at most ${RULE_MAX_LENGTH} characters.`);
  const comparisons: Comparison[] = [];
  for (let at = 0; ; ) {
    COMPARISON.lastIndex = at;
    const match = COMPARISON.exec(text);
    if (match === null) throw new RuleError(`There is no comparison at character ${at + 1}.`);
    const [whole, path = "", operator = "==", literal = "null"] = match;
    comparisons.push({
      text: whole.trim(),
      path: path.split("."),
      operator: operator as Operator,
      literal: readLiteral(literal, at),
    });
    if (comparisons.length > COMPARISONS_MAX)
      throw new RuleError(`A rule has at most ${COMPARISONS_MAX} comparisons.`);
    at = COMPARISON.lastIndex;
    if (at === text.length) return comparisons;
    AND.lastIndex = at;
    if (!AND.test(text)) throw new RuleError(`"and" is missing at character ${at + 1}.`);
    at = AND.lastIndex;
  }
}

export function checkRule(text: string, metadata: unknown): ComparisonResult[] {
  return parseRule(text).map(({ text: shown, path, operator, literal }) => {
    const found = valueAt(metadata, path);
    return {
      text: shown,
      passes: found !== undefined && holds(found, operator, literal),
      found: found === undefined ? null : JSON.stringify(found),
    };
  });
}

function readLiteral(text: string, at: number): Literal {
  try {
    return JSON.parse(text) as Literal;
  } catch {
    throw new RuleError(`The text after character ${at + 1} is no JSON string.`);
  }
}

/** Own members only. */
function valueAt(value: unknown, path: readonly string[]): unknown {
  let at = value;
  for (const name of path) {
    if (typeof at !== "object" || at === null || Array.isArray(at) || !Object.hasOwn(at, name))
      return undefined;
    at = (at as Record<string, unknown>)[name];
  }
  return at;
}

function holds(found: unknown, operator: Operator, literal: Literal): boolean {
  if (operator === "==") return found === literal;
  if (operator === "!=") return typeof found === typeof literal && found !== literal;
  if (typeof found !== "number" || typeof literal !== "number") return false;
  if (operator === ">=") return found >= literal;
  if (operator === "<=") return found <= literal;
  return operator === ">" ? found > literal : found < literal;
}
