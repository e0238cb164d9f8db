import type { Database } from "#lib/db/client.ts";
import type { AlertKind } from "./raise-alert.ts";

/** The index of open alerts serves it, however many have ended. */
export async function countOpenAlerts(db: Database): Promise<Record<AlertKind, number>> {
  const rows = await db.$queryRaw<{ kind: AlertKind; open: number }[]>`
    select kind, count(*)::int as open from alert where resolved_at is null group by kind`;
  const counts: Record<AlertKind, number> = { blob_damaged: 0 };
  for (const { kind, open } of rows) counts[kind] = open;
  return counts;
}
