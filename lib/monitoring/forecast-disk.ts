import type { Database } from "#lib/db/client.ts";
import type { TransactionClient } from "#lib/db/transaction.ts";

/** What the rate is taken from. A weekly rhythm evens out, and last month's habits do not count. */
const DAYS = 7;
/** A rate of less than six hours says nothing about days. */
const POINTS_MIN = 6;
const DAY_SECONDS = 24 * 60 * 60;

/**
 * In how many days the volume is full, if it goes on filling as in the last week: the line of least squares through the hours.
 * null where it does not fill, or too little is known. Samples of a volume of another size do not count.
 */
export async function forecastDisk(
  db: Database | TransactionClient,
  disk: { totalBytes: number; freeBytes: number },
): Promise<number | null> {
  const [row] = await db.$queryRaw<{ slope: number | null; points: bigint }[]>`
    select regr_slope(disk_used, extract(epoch from at)::float8) as slope, count(disk_used) as points
    from monitoring_sample
    where tier = 2 and server = '' and at > now() - make_interval(days => ${DAYS}::int)
      and disk_bytes = ${disk.totalBytes}::float8`;
  const perSecond = row?.slope ?? 0;
  if (!row || Number(row.points) < POINTS_MIN || perSecond <= 0) return null;
  return disk.freeBytes / perSecond / DAY_SECONDS;
}
