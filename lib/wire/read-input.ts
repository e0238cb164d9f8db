/**
 * A client's input through a zod schema. The plain words of its problems are decided here, for every route and form.
 */
import type { z } from "zod";
import type { ErrorCode, FieldProblem } from "#lib/errors.ts";
import { fieldRefusal, jsonPointer } from "./field-refusal.ts";

/** An answer names so many problems; the first ones tell what to repair. */
const PROBLEMS_MAX = 50;

/** Throws `invalid_name` where the name is the first problem, and `invalid_request`; the problems have their pointers. */
export function readInput<S extends z.ZodType>(
  schema: S,
  value: unknown,
  where: "body" | "query" | "path",
): z.output<S> {
  const error = where === "query" ? parameterWords : plainWords;
  const result = schema.safeParse(value, { error });
  if (result.success) return result.data;
  const problems = result.error.issues
    .flatMap((issue) => toProblems(issue, []))
    .slice(0, PROBLEMS_MAX);
  const [first] = problems;
  const code: ErrorCode =
    first?.pointer === "/name" && where !== "query" ? "invalid_name" : "invalid_request";
  throw fieldRefusal(problems, `The ${where}`, { code, cause: result.error });
}

type Issue = z.core.$ZodIssue;

function toProblems(issue: Issue, parents: readonly PropertyKey[]): FieldProblem[] {
  const path = [...parents, ...issue.path];
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({
      pointer: jsonPointer([...path, key]),
      detail: "is not known here",
    }));
  if (issue.code === "invalid_union") return ofUnion(issue, path);
  return [{ pointer: jsonPointer(path), detail: issue.message }];
}

/** The problems of the form that fits best; where several fit equally well, that one of them is needed. */
function ofUnion(
  issue: z.core.$ZodIssueInvalidUnion,
  path: readonly PropertyKey[],
): FieldProblem[] {
  const forms = issue.errors.map((issues) => issues.flatMap((inner) => toProblems(inner, path)));
  const fewest = Math.min(...forms.map((problems) => problems.length));
  const best = forms.filter((problems) => problems.length === fewest);
  const [only] = best;
  if (only === undefined || best.length === 1) return only ?? [];
  const missing = best.flat().map(({ pointer }) => pointer.split("/").at(-1));
  const areMissing = best.flat().every(({ detail }) => detail === REQUIRED);
  const detail = areMissing ? `needs ${[...new Set(missing)].join(" or ")}` : issue.message;
  return [{ pointer: jsonPointer(path), detail }];
}

const REQUIRED = "is required";

/** Words for problems about which a schema does not write a message itself. */
function plainWords(issue: z.core.$ZodRawIssue): string {
  if (issue.code === "unrecognized_keys") return "is not known here";
  if (issue.input === undefined) return REQUIRED;
  switch (issue.code) {
    case "invalid_type":
      return `must be ${TYPES[issue.expected as string] ?? `of type ${issue.expected}`}`;
    case "invalid_value":
      return `must be ${(issue.values as unknown[]).length === 1 ? "" : "one of "}${(issue.values as unknown[]).join(", ")}`;
    case "too_small":
      return `must ${bound(issue, "at least", issue.minimum as number)}`;
    case "too_big":
      return `must ${bound(issue, "at most", issue.maximum as number)}`;
    case "invalid_format":
      return FORMATS[issue.format as string] ?? "is not in the form that is expected here";
    default:
      return "is not valid";
  }
}

/** A parameter that is given twice arrives as a list. */
function parameterWords(issue: z.core.$ZodRawIssue): string {
  const isRepeated = issue.code === "invalid_type" && Array.isArray(issue.input);
  return isRepeated ? "must be given once" : plainWords(issue);
}

const TYPES: Readonly<Record<string, string>> = {
  string: "a string",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  stringbool: "true or false",
  object: "an object",
  record: "an object",
  array: "a list",
};

const FORMATS: Readonly<Record<string, string>> = {
  uuid: "must be a UUID",
  datetime: "must be an RFC 3339 time such as 2026-01-31T12:00:00Z",
};

/** A bound in words: lengths count characters and items, numbers are compared themselves. */
function bound(issue: z.core.$ZodRawIssue, word: string, limit: number): string {
  if (issue.origin === "string")
    return `have ${word} ${limit} ${limit === 1 ? "character" : "characters"}`;
  if (issue.origin === "array") return `have ${word} ${limit} ${limit === 1 ? "item" : "items"}`;
  return `be ${word} ${limit}`;
}
