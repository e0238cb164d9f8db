import type { Database } from "#lib/db/client.ts";
import { ALERT_KINDS, type AlertKind } from "./kinds.ts";

/** The index of open alerts serves it, however many have ended. */
export async function countOpenAlerts(db: Database): Promise<Record<AlertKind, number>> {
  const rows = await db.$queryRaw<{ kind: AlertKind; open: number }[]>`
    select kind, count(*)::int as open from alert where resolved_at is null group by kind`;
  const counts = Object.fromEntries(ALERT_KINDS.map((kind) => [kind, 0]));
  for (const { kind, open } of rows) counts[kind] = open;
  return counts as Record<AlertKind, number>;
}
