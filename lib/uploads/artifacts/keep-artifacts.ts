import type { Ctx } from "#lib/context.ts";

/** Far beyond any registry's life, and a time that every client can read. */
const KEPT_YEARS = 100;

/** Artifacts of which a version was made stay as long as it, so that its run still finds them. */
export async function keepArtifacts(
  ctx: Ctx,
  ids: readonly bigint[],
  versionId: bigint,
): Promise<void> {
  await ctx.db.$executeRaw`
    with kept as (
      update artifact set version_id = ${versionId} where id = any(${[...ids]}::bigint[]) returning upload_id
    )
    update upload set expires_at = now() + make_interval(years => ${KEPT_YEARS})
    where id in (select upload_id from kept)`;
}
