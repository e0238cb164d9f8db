/** Clauses of a filter -> conditions on the rows of `model as m` and `version as v`. Every value is a parameter. */
import { Prisma } from "#lib/db/generated/client.ts";
import { externalKeyOf, isModelName } from "#lib/models/external-name.ts";
import { type Clause, type Comparator, invalid } from "./search-filter.ts";
import { NAME, PROMPT_TAG } from "./store.ts";
import { VERSION_TAG } from "./wire.ts";

const name = Prisma.raw(NAME);
const INT_MAX = 2 ** 31 - 1;

/** Of models: by name and tags; prompts are found only where they are asked for. */
export function modelConditions(clauses: readonly Clause[]): Prisma.Sql[] {
  const conditions = [Prisma.sql`m.deleted_at is null`, promptCondition("m", clauses)];
  for (const clause of clauses) {
    if (clause.entity === "tag") conditions.push(...tagConditions("m", clause));
    else if (clause.key === "name") conditions.push(nameCondition(clause));
    else throw unknownKey(clause.key, ["name"]);
  }
  return conditions;
}

const VERSION_KEYS = ["name", "version_number", "run_id", "source_path"];

export function versionConditions(clauses: readonly Clause[]): Prisma.Sql[] {
  const conditions = [
    Prisma.sql`m.deleted_at is null and v.deleted_at is null`,
    promptCondition("v", clauses),
  ];
  for (const clause of clauses) {
    if (clause.entity === "tag") conditions.push(...tagConditions("v", clause));
    else if (clause.key === "name") conditions.push(nameCondition(clause));
    else if (clause.key === "version_number") conditions.push(numberCondition(clause));
    else if (clause.key === "run_id") conditions.push(runCondition(clause));
    else if (clause.key === "source_path") conditions.push(sourceCondition(clause));
    else throw unknownKey(clause.key, VERSION_KEYS);
  }
  return conditions;
}

function unknownKey(key: string, known: readonly string[]) {
  const keys = known.map((one) => `'${one}'`).join(", ");
  return invalid(`Invalid attribute key '${key}' specified. Valid keys are '{${keys}}'`);
}

/** The condition of the partial index on names, where no prompts are asked for. */
function promptCondition(table: "m" | "v", clauses: readonly Clause[]): Prisma.Sql {
  const isAsked = clauses.some(
    ({ entity, key, comparator, value }) =>
      entity === "tag" &&
      key === PROMPT_TAG &&
      ((comparator === "=" && String(value).toLowerCase() === "true") ||
        (comparator === "!=" && String(value).toLowerCase() === "false")),
  );
  return isAsked
    ? Prisma.sql`${Prisma.raw(table)}.tags @> ${JSON.stringify({ [PROMPT_TAG]: "true" })}::jsonb`
    : Prisma.raw(`(${table}.tags ->> '${PROMPT_TAG}') is distinct from 'true'`);
}

function nameCondition({ comparator, value }: Clause): Prisma.Sql {
  if (Array.isArray(value)) return listCondition(name, comparator, value);
  const text = stringOf(value);
  if (comparator === "=") return Prisma.sql`(${indexedName(text)} and ${name} = ${text})`;
  // The words' index is of lower-case names; the pattern is compared as it is besides.
  const inLowerCase = Prisma.sql`lower(${name}) like lower(${text})`;
  if (comparator === "LIKE") return Prisma.sql`(${inLowerCase} and ${name} like ${text})`;
  if (comparator === "ILIKE") return inLowerCase;
  if (comparator === "!=") return Prisma.sql`${name} <> ${text}`;
  throw wrongComparator(comparator);
}

function indexedName(text: string): Prisma.Sql {
  const key = externalKeyOf(text);
  return isModelName(text) ? Prisma.sql`m.name_key = ${key}` : Prisma.sql`m.external_key = ${key}`;
}

function runCondition({ comparator, value }: Clause): Prisma.Sql {
  const column = Prisma.sql`v.run_id`;
  return Array.isArray(value)
    ? listCondition(column, comparator, value)
    : textCondition(column, comparator, stringOf(value));
}

function sourceCondition({ comparator, value }: Clause): Prisma.Sql {
  if (Array.isArray(value)) throw wrongComparator(comparator);
  const column = Prisma.sql`v.source`;
  const text = stringOf(value);
  const condition = textCondition(column, comparator, text);
  // Trigrams serve LIKE; an equal text is like itself once its wildcards are escaped.
  if (comparator !== "=") return condition;
  return Prisma.sql`(${condition} and v.source like ${text.replace(/[\\%_]/g, "\\$&")})`;
}

function numberCondition({ comparator, value }: Clause): Prisma.Sql {
  const number =
    typeof value === "string" && /^-?\d{1,18}$/.test(value.trim()) ? Number(value) : value;
  if (typeof number !== "number" || !Number.isInteger(number))
    throw invalid(`Invalid value for numeric attribute 'version_number': ${JSON.stringify(value)}`);
  if (["LIKE", "ILIKE", "IN", "NOT IN"].includes(comparator))
    throw invalid(`Invalid comparator for attribute version_number: ${comparator}`);
  const bounded = Math.max(-INT_MAX, Math.min(INT_MAX, number));
  return Prisma.sql`v.number ${Prisma.raw(comparator === "!=" ? "<>" : comparator)} ${bounded}`;
}

function tagConditions(table: "m" | "v", { key, comparator, value }: Clause): Prisma.Sql[] {
  // It is what the condition on prompts asks about.
  if (key === PROMPT_TAG) return [];
  const text = stringOf(value as string);
  if (table === "v" && key === VERSION_TAG)
    return [textCondition(Prisma.sql`v.version`, comparator, text)];
  const tags = Prisma.raw(`${table}.tags`);
  if (comparator === "=") {
    const holds = Prisma.sql`${tags} @> ${JSON.stringify({ [key]: text })}::jsonb`;
    // The index on the tags of versions is of those that have any.
    return table === "v" ? [holds, Prisma.sql`v.tags <> '{}'::jsonb`] : [holds];
  }
  return [textCondition(Prisma.sql`(${tags} ->> ${key})`, comparator, text)];
}

function textCondition(column: Prisma.Sql, comparator: Comparator, text: string): Prisma.Sql {
  if (comparator === "=") return Prisma.sql`${column} = ${text}`;
  if (comparator === "!=") return Prisma.sql`${column} <> ${text}`;
  if (comparator === "LIKE") return Prisma.sql`${column} like ${text}`;
  if (comparator === "ILIKE") return Prisma.sql`${column} ilike ${text}`;
  throw wrongComparator(comparator);
}

function listCondition(
  column: Prisma.Sql,
  comparator: Comparator,
  list: readonly string[],
): Prisma.Sql {
  if (comparator === "IN") return Prisma.sql`${column} = any(${[...list]}::text[])`;
  if (comparator === "NOT IN") return Prisma.sql`${column} <> all(${[...list]}::text[])`;
  throw wrongComparator(comparator);
}

function stringOf(value: string | number | readonly string[]): string {
  if (typeof value === "string") return value;
  throw invalid(
    `Expected a quoted string value or a list of quoted string values for attributes. Got value ${JSON.stringify(value)}`,
  );
}

function wrongComparator(comparator: Comparator) {
  return invalid(`Invalid comparator for attribute: ${comparator}`);
}
