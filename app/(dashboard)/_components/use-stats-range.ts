"use client";

import { parseAsStringLiteral, useQueryState } from "nuqs";
import { STATS_RANGES, statsQuery } from "#lib/metrics/schema.ts";

const parser = parseAsStringLiteral(STATS_RANGES).withDefault(statsQuery.parse({}).range);

/** The time range, kept in the page's address. */
export function useStatsRange() {
  return useQueryState("range", parser);
}
