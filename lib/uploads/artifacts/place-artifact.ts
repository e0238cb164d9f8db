import type { TransactionClient } from "#lib/db/transaction.ts";
import { roomOf } from "./artifact-path.ts";

/** Puts the bytes of a stored upload at a path; what was there before lets go of its bytes. */
export async function placeArtifact(
  tx: TransactionClient,
  placed: { actorId: string; path: string; uploadId: string },
): Promise<void> {
  const { actorId, path, uploadId } = placed;
  // Two that put at once wait for each other here; the one that comes second replaces the first.
  await tx.$executeRaw`
    select pg_advisory_xact_lock(hashtextextended(${`artifact ${actorId} ${path}`}, 0))`;
  await tx.artifact.deleteMany({ where: { actorId, path } });
  await tx.artifact.create({ data: { actorId, path, room: roomOf(path), uploadId } });
}
