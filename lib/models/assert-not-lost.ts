import type { Ctx } from "#lib/context.ts";
import { METADATA_FOLDER } from "#lib/storage/layout.ts";
import { REBUILD_KIND } from "./rebuild-registry.ts";

/** A schema with the id of a backup as its comment (lib/backup/empty-registry.ts); it is there until all rows are. */
const RESTORE_MARK = "restore_under_way";

type Found = { isUsed: boolean; isHalfBuilt: boolean; restoring: string | null };

/** The message says what to do. */
export class LostDatabaseError extends Error {
  override readonly name = "LostDatabaseError";
}

/**
 * Throws LostDatabaseError for a database that has never known a model beside a storage that has records of some, and for
 * one that is only half rebuilt or restored: a registry on it would overwrite the records, and a collection would free the bytes,
 * which nothing would hold.
 */
export async function assertNotLost(ctx: Ctx): Promise<void> {
  const [row] = await ctx.db.$queryRaw<Found[]>`
    select exists (select from model) or exists (select from audit) as "isUsed",
           exists (select from operation where kind = ${REBUILD_KIND} and state = 'running') as "isHalfBuilt",
           (select obj_description(oid, 'pg_namespace') from pg_namespace where nspname = ${RESTORE_MARK}) as restoring`;
  if (row && row.restoring !== null)
    throw new LostDatabaseError(
      `The restore of the backup ${row.restoring} was interrupted. Run npm run restore -- ${row.restoring} again; it goes on where it was. ` +
        "Another backup does as well; to begin with nothing, give the server a new database.",
    );
  if (row?.isHalfBuilt)
    throw new LostDatabaseError(
      "The rebuild of the database was interrupted. Run npm run reindex again; it goes on where it was.",
    );
  if (row?.isUsed) return;
  for await (const key of ctx.storage.list(METADATA_FOLDER))
    throw new LostDatabaseError(
      `The database is empty, but the storage has records of models (such as ${key}). If the database was lost, ` +
        `npm run restore brings it back from a backup, or npm run reindex the models alone. To begin anew, move the folder ${METADATA_FOLDER} away first.`,
    );
}
