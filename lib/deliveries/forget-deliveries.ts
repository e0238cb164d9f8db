import type { Ctx } from "#lib/context.ts";

/** What has ended is kept as a log for this long. */
const KEPT_DAYS = 30;
/** In one statement, so that none holds its locks for long. */
const BATCH = 5_000;

/** Gives how many were forgotten. */
export async function forgetOldDeliveries({ db }: Pick<Ctx, "db">): Promise<number> {
  let forgotten = 0;
  for (;;) {
    const count = await db.$executeRaw`
      delete from delivery where id in (
        select id from delivery
        where created_at < now() - make_interval(days => ${KEPT_DAYS}::int) and state <> 'pending' limit ${BATCH})`;
    forgotten += count;
    if (count < BATCH) return forgotten;
  }
}
