/**
 * The search's SQL: each word of a query is found anywhere in a model's name, owner, tags (`key:value`) and description, by
 * their trigrams; a word that looks like a digest also finds the models that hold it.
 */

import type { Database } from "#lib/db/client.ts";
import { Prisma } from "#lib/db/generated/client.ts";
import { likeLiteral } from "#lib/db/like-literal.ts";

/** The generated column that the index `model_search` is on. */
const TEXT = Prisma.sql`search_text`;
/** A word that fewer models have is looked up alone, and these models are compared with the other words. */
const RARE_MATCHES = 2_000;
/** Parts of words to ask PostgreSQL about; of a longer text the first ones decide. */
const PARTS_MAX = 8;
/** Trigrams need three characters. */
const INDEXED_LENGTH = 3;
/**
 * With the character before or behind it a part has at least one trigram, and the index knows where it begins or
 * ends.
 */
const PARTS =
  /(?<=(?<before>[^\p{L}\p{N}])?)(?<part>[\p{L}\p{N}]{2,})(?=(?<behind>[^\p{L}\p{N}])?)/gu;
/** Six digits tell 16 million digests apart. A word with `sha256:` means a digest, however short. */
const DIGEST = /^(?:sha256:(?<named>[0-9a-f]{1,64})|(?<plain>[0-9a-f]{6,64}))$/;
/** Bytes that more models share, such as a license file, name none of them. */
const HOLDERS_MAX = 10_000;

/** Word that begins a digest -> the ids of the models that have a live version or a file with that digest. */
export type Holders = Readonly<Record<string, readonly string[]>>;

/** A query's different words, in lower case. */
export function wordsOf(query: string): string[] {
  return [...new Set(query.toLowerCase().split(/\s+/u).filter(Boolean))];
}

/**
 * The condition that all words are found, in any order. A word too short for a trigram must begin a word; where there
 * are only such, the name must begin with one of them. `part` is a part of a word, and then the only one that the
 * index is asked for.
 */
export function matchesText(query: string, part: string | null, holders: Holders): Prisma.Sql {
  const words = wordsOf(query);
  const isShort = (word: string) => [...word].length < INDEXED_LENGTH && !holders[word];
  const begins = (word: string) => Prisma.sql`name_key like ${`${likeLiteral(word)}%`}`;
  const areShort = words.every(isShort);
  // A computed text is no column of the index, so it is only compared.
  const text = part === null && !areShort ? TEXT : Prisma.sql`(${TEXT} || '')`;
  const all = words.map((word) => {
    const ids = holders[word];
    if (ids) return Prisma.sql`(${text} like ${anywhere(word)} or id = any(${[...ids]}::bigint[]))`;
    if (!isShort(word)) return Prisma.sql`${text} like ${anywhere(word)}`;
    const begun = SEPARATORS.map((before) => Prisma.sql`${text} like ${anywhere(before + word)}`);
    return Prisma.sql`(${Prisma.join([begins(word), ...begun], " or ")})`;
  });
  if (part !== null) all.unshift(Prisma.sql`${TEXT} like ${anywhere(part)}`);
  if (areShort && words.length > 0)
    all.unshift(Prisma.sql`(${Prisma.join(words.map(begins), " or ")})`);
  return all.length === 0 ? Prisma.sql`true` : Prisma.join(all, " and ");
}

/** Characters before a word in names, tags and texts; with one of them two letters have trigrams. */
const SEPARATORS = [" ", "-", "_", ".", ":", "/"];

/**
 * The part of a query's words that the fewest models have, by PostgreSQL's estimate; null if all are frequent, or if
 * there is only one. An index reads the models of every trigram that it is asked for: those of a frequent part beside
 * a rare one cost ten times as much as the rare one alone, and exclude nothing.
 */
export async function findRarePart(
  db: Database,
  query: string,
  holders: Holders = {},
): Promise<string | null> {
  const parts = wordsOf(query)
    .filter((word) => !holders[word])
    .flatMap((word) => [...word.matchAll(PARTS)])
    .slice(0, PARTS_MAX)
    .map(({ groups }) => `${groups?.before ?? ""}${groups?.part}${groups?.behind ?? ""}`)
    .filter((part) => [...part].length >= INDEXED_LENGTH);
  if (parts.length < 2) return null;
  const matches = parts.map(
    (part) =>
      Prisma.sql`select 1 from model where deleted_at is null and ${TEXT} like ${anywhere(part)}`,
  );
  // The query is planned here, not run.
  const [explained] = await db.statements.query<Explained>(
    Prisma.sql`explain (format json) ${Prisma.join(matches, " union all ")}`,
  );
  const estimates = explained?.["QUERY PLAN"][0]?.Plan.Plans ?? [];
  let rarest: string | null = null;
  let fewest = RARE_MATCHES;
  for (const [index, { "Plan Rows": rows }] of estimates.entries()) {
    if (rows >= fewest) continue;
    fewest = rows;
    rarest = parts[index] ?? null;
  }
  return rarest;
}

type Explained = { "QUERY PLAN": { Plan: { Plans?: { "Plan Rows": number }[] } }[] };

/** Words that no digest begins with are left out. */
export async function findHolders(db: Database, query: string): Promise<Holders> {
  const holders: Record<string, string[]> = {};
  for (const word of wordsOf(query)) {
    const { named, plain } = DIGEST.exec(word)?.groups ?? {};
    const digits = named ?? plain;
    if (digits === undefined) continue;
    const rows = await db.statements.query<{ model_id: string }>(Prisma.sql`
      select model_id from version where digest like ${`${digits}%`} and deleted_at is null
      union
      select v.model_id from file join version as v on v.id = file.version_id
      where file.digest like ${`${digits}%`} and v.deleted_at is null
      limit ${HOLDERS_MAX}`);
    if (rows.length > 0) holders[word] = rows.map(({ model_id }) => model_id);
  }
  return holders;
}

function anywhere(text: string): string {
  return `%${likeLiteral(text)}%`;
}
