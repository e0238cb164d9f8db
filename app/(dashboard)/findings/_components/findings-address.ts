import { type NotCleanVerdict, notCleanSchema } from "#lib/models/findings-schema.ts";

/** Without a verdict all versions that are not clean are shown. */
export type FindingsAddress = { verdict?: NotCleanVerdict; query?: string; cursor?: string };
export type FindingsParams = Record<string, string | string[] | undefined>;

/** As long as the API takes it. */
export const QUERY_MAX_LENGTH = 200;

/** What the page shows, from its address; what is not understood is left out. */
export function parseFindingsAddress(params: FindingsParams): FindingsAddress {
  const verdict = notCleanSchema.safeParse(params.verdict).data;
  const query = text(params.query).trim().slice(0, QUERY_MAX_LENGTH).trim();
  const cursor = text(params.cursor);
  return {
    ...(verdict ? { verdict } : {}),
    ...(query ? { query } : {}),
    ...(cursor ? { cursor } : {}),
  };
}

/** The address as a link; what is not chosen is left out. */
export function findingsHref(address: FindingsAddress): string {
  const search = new URLSearchParams(
    Object.entries(address).filter((entry): entry is [string, string] => Boolean(entry[1])),
  );
  return search.size > 0 ? `/findings?${search}` : "/findings";
}

function text(value: string | string[] | undefined): string {
  // A text with a NUL is in no finding, and PostgreSQL takes none.
  return typeof value === "string" ? value.replaceAll("\0", "").toWellFormed() : "";
}
