/** Which backups are kept. */

export type Keep = { daily: number; weekly: number; monthly: number };

type Dated = { id: string; at: Date };

/**
 * The newest of each of the last so many days, weeks (from Monday) and months, in UTC, that have one. Whatever the numbers are:
 * all of the 24 hours before the newest one, and so the newest one itself.
 */
export function chooseKept(backups: readonly Dated[], keep: Keep): Set<string> {
  const newestFirst = [...backups].sort((a, b) => b.at.getTime() - a.at.getTime());
  const recent = (newestFirst[0]?.at.getTime() ?? 0) - DAY_MS;
  const kept = new Set(newestFirst.filter(({ at }) => at.getTime() > recent).map(({ id }) => id));
  for (const [most, periodOf] of [
    [keep.daily, dayOf],
    [keep.weekly, weekOf],
    [keep.monthly, monthOf],
  ] as const) {
    const periods = new Set<number>();
    for (const { id, at } of newestFirst) {
      const period = periodOf(at);
      if (periods.has(period)) continue;
      if (periods.size === most) break;
      periods.add(period);
      kept.add(id);
    }
  }
  return kept;
}

const DAY_MS = 24 * 60 * 60 * 1000;
/** 1970 began on a Thursday, the fourth day of its week. */
const DAYS_BEFORE_1970 = 3;

const dayOf = (at: Date) => Math.floor(at.getTime() / DAY_MS);
const weekOf = (at: Date) => Math.floor((dayOf(at) + DAYS_BEFORE_1970) / 7);
const monthOf = (at: Date) => at.getUTCFullYear() * 12 + at.getUTCMonth();

/** The time in an id, which was that of the database. */
export function timeOf(id: string): Date {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)-/.exec(id) ?? [];
  return new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}
