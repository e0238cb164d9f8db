import {
  MONITORING_RANGES,
  type MonitoringQuery,
  type MonitoringRange,
  monitoringQuery,
} from "#lib/monitoring/schema.ts";

export type MonitoringParams = Record<string, string | string[] | undefined>;

const HOUR_MS = 3_600_000;
const LENGTHS_MS: Record<MonitoringRange, number> = {
  "1h": HOUR_MS,
  "6h": 6 * HOUR_MS,
  "24h": 24 * HOUR_MS,
  "7d": 7 * 24 * HOUR_MS,
  "30d": 30 * 24 * HOUR_MS,
  "90d": 90 * 24 * HOUR_MS,
};

/** What an address asks for; a mistyped one shows the last hour instead of an error page. */
export function parseMonitoringAddress(params: MonitoringParams): MonitoringQuery {
  const { range, server, until } = params;
  return monitoringQuery.safeParse({ range, server, until }).data ?? monitoringQuery.parse({});
}

/** Links to a stretch of time, such as those in the mail of an alert, lead to the shortest range that has it; null for no such link. */
export function stretchHref({ from, to }: MonitoringParams): string | null {
  const [begin, end] = [Date.parse(String(from)), Date.parse(String(to))];
  if (!(begin < end)) return null;
  const range = MONITORING_RANGES.find((each) => LENGTHS_MS[each] >= end - begin) ?? "90d";
  return `/monitoring?${new URLSearchParams({ range, until: new Date(end).toISOString() })}`;
}
