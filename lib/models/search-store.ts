/** The search's SQL: a text is found anywhere in a model's name and description, by their trigrams. */
import { Prisma } from "../db/generated/client.ts";
import type { TransactionClient } from "../db/transaction.ts";

/** The expression of the index `model_search` and of the statistics `model_search_text`. */
const TEXT = Prisma.sql`lower(name || ' ' || left(description, 1000))`;
/** A word that fewer models have is looked up alone, and they are compared with the whole text. */
const RARE_MATCHES = 2_000;
/** Of a longer text the first ones decide. */
const WORDS_MAX = 8;
/** With the character before or behind it a word has a trigram at least, and the index knows where it begins or ends. */
const WORDS =
  /(?<=(?<before>[^\p{L}\p{N}])?)(?<word>[\p{L}\p{N}]{2,})(?=(?<behind>[^\p{L}\p{N}])?)/gu;

/**
 * Trigrams need three characters; a shorter query means "the name begins with". `word` is a part of the query, and the
 * only one that the index is asked for.
 */
export function matchesText(query: string, word: string | null): Prisma.Sql {
  const text = query.toLowerCase();
  if ([...text].length < 3) return Prisma.sql`name_key like ${`${likeLiteral(text)}%`}`;
  if (word === null) return Prisma.sql`${TEXT} like ${anywhere(text)}`;
  // What has been computed is no expression of the index, so this is only compared.
  return Prisma.sql`${TEXT} like ${anywhere(word)} and (${TEXT} || '') like ${anywhere(text)}`;
}

/**
 * The word of a query that the fewest models have, by PostgreSQL's estimate; null if all are frequent, or if there is
 * only one. An index reads the models of every trigram of what it is asked for: those of a frequent word beside a rare
 * one cost ten times what the rare one costs, and exclude nothing.
 */
export async function findRareWord(tx: TransactionClient, query: string): Promise<string | null> {
  const words = [...query.toLowerCase().matchAll(WORDS)]
    .slice(0, WORDS_MAX)
    .map(({ groups }) => `${groups?.before ?? ""}${groups?.word}${groups?.behind ?? ""}`);
  if (words.length < 2) return null;
  const matches = words.map(
    (word) =>
      Prisma.sql`select 1 from model where deleted_at is null and ${TEXT} like ${anywhere(word)}`,
  );
  // Planned, not run.
  const [explained] = await tx.$queryRaw<Explained[]>`
    explain (format json) ${Prisma.join(matches, " union all ")}`;
  const estimates = explained?.["QUERY PLAN"][0]?.Plan.Plans ?? [];
  let rarest: string | null = null;
  let fewest = RARE_MATCHES;
  for (const [index, { "Plan Rows": rows }] of estimates.entries()) {
    if (rows >= fewest) continue;
    fewest = rows;
    rarest = words[index] ?? null;
  }
  return rarest;
}

type Explained = { "QUERY PLAN": { Plan: { Plans?: { "Plan Rows": number }[] } }[] };

function anywhere(text: string): string {
  return `%${likeLiteral(text)}%`;
}

/** Escapes what LIKE would read as a wildcard. */
function likeLiteral(text: string): string {
  return text.replace(/[\\%_]/g, (character) => `\\${character}`);
}
