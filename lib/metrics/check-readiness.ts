import type { Ctx } from "#lib/context.ts";
import { inTime } from "./in-time.ts";

export type Check = { name: "database" | "migrations" | "storage"; ok: boolean; detail?: string };

/** A check that takes longer is a failed check: probes give up after a few seconds. */
const CHECK_TIMEOUT_MS = 3_000;

/** Whether this process can serve; details are for operators and hold no secrets. */
export async function checkReadiness(ctx: Ctx): Promise<Check[]> {
  return Promise.all([
    check("database", () => ctx.db.$queryRaw`select 1`),
    check("migrations", async () => {
      const [row] = await ctx.db.$queryRaw<{ open: bigint }[]>`
        select count(*) as open from _prisma_migrations where finished_at is null and rolled_back_at is null`;
      if (row?.open !== 0n) throw new Error("a migration has not finished");
    }),
    check("storage", () => ctx.storage.capacity()),
  ]);
}

async function check(name: Check["name"], run: () => Promise<unknown>): Promise<Check> {
  try {
    await inTime(run(), CHECK_TIMEOUT_MS);
    return { name, ok: true };
  } catch (error) {
    const detail =
      error instanceof Error && !("code" in error) && error.message.length < 60
        ? error.message
        : "failed";
    return { name, ok: false, detail };
  }
}
