import { randomUUID } from "node:crypto";
import { millis } from "#lib/db/database-clock.ts";
import { RegistryError } from "#lib/errors.ts";
import type { BackupCtx } from "./backup-context.ts";

/** How long a hold lasts that nobody renews: then the backup that made it is dead. */
const LASTS_MS = 10 * 60 * 1000;
const RENEW_MS = 60 * 1000;

export type Hold = {
  /** Throws `unavailable` when it was ever over: something that was to be copied may have been freed. */
  assertHeld(): Promise<void>;
};

/** While `work` runs no blob is freed (lib/blobs/unheld.ts), whatever becomes of the versions that have it. */
export async function holdBlobs<T>(ctx: BackupCtx, work: (hold: Hold) => Promise<T>): Promise<T> {
  const id = randomUUID();
  await ctx.db.$executeRaw`delete from backup_hold where until < now()`;
  await ctx.db.$executeRaw`
    insert into backup_hold (id, until) values (${id}::uuid, now() + ${millis(LASTS_MS)})`;
  const renew = () => ctx.db.$executeRaw`
    update backup_hold set until = now() + ${millis(LASTS_MS)} where id = ${id}::uuid and until > now()`;
  const timer = setInterval(() => {
    renew().catch((error: unknown) =>
      ctx.log.warn({ operation: "backup", error }, "the hold was not renewed"),
    );
  }, RENEW_MS);
  timer.unref();
  try {
    return await work({
      async assertHeld() {
        if ((await renew()) === 1) return;
        throw new RegistryError(
          "unavailable",
          "The database did not answer for so long that blobs of the backup may have been freed.",
        );
      },
    });
  } finally {
    clearInterval(timer);
    // Without a database it ends by itself.
    await ctx.db.$executeRaw`delete from backup_hold where id = ${id}::uuid`.catch(() => undefined);
  }
}
