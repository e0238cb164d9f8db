"use client";

import { useQuery } from "@tanstack/react-query";
import { parseAsString, parseAsStringLiteral, useQueryStates } from "nuqs";
import { request } from "#components/api/request.ts";
import {
  MONITORING_RANGES,
  type MonitoringRange,
  type MonitoringWire,
  monitoringQuery,
} from "#lib/monitoring/schema.ts";

const address = {
  range: parseAsStringLiteral(MONITORING_RANGES).withDefault(monitoringQuery.parse({}).range),
  server: parseAsString,
  until: parseAsString,
};

/** A chart moves when there is a new point on it: no sooner is there anything to ask for. */
const REFRESH_MS: Record<MonitoringRange, number> = {
  "1h": 10_000,
  "6h": 30_000,
  "24h": 60_000,
  "7d": 300_000,
  "30d": 300_000,
  "90d": 300_000,
};

/** What the page's address asks for, kept current; a moment that is past does not change any more. */
export function useMonitoring(
  initial: MonitoringWire,
  initialUntil: string | null,
  isPaused: boolean,
) {
  const [asked, ask] = useQueryStates(address);
  const { range, server, until } = asked;
  const isInitial = range === initial.range && server === initial.server && until === initialUntil;
  const parameters = new URLSearchParams({ range });
  if (server !== null) parameters.set("server", server);
  if (until !== null) parameters.set("until", until);
  const query = useQuery({
    queryKey: ["monitoring", range, server, until],
    queryFn: ({ signal }) =>
      request<MonitoringWire>(`/monitoring?${parameters.toString()}`, { signal }),
    initialData: isInitial ? initial : undefined,
    // The old charts stay on the screen until the new ones are here; nothing jumps.
    placeholderData: (previous) => previous,
    refetchInterval: isPaused || until !== null ? false : REFRESH_MS[range],
  });
  return { asked, ask, data: query.data ?? initial, error: query.error };
}
