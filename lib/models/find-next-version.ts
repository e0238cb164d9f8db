import type { Model } from "#lib/db/generated/client.ts";
import type { TransactionClient } from "#lib/db/transaction.ts";
import type { Bump } from "./request-schema.ts";
import { followingVersions } from "./semantic-version.ts";

/** Only deleted versions can be above the latest one, so the first look nearly always suffices. */
const FIRST_LOOK = 8;
const LONGEST_LOOK = 4096;

/**
 * The first version after the latest one that was never used: deleted ones stay reserved. Asks the index about the
 * versions that may follow, however many a model has.
 */
export async function findNextVersion(
  tx: TransactionClient,
  model: Pick<Model, "id" | "latestVersion">,
  bump: Bump,
): Promise<string> {
  let last = model.latestVersion;
  for (let count = FIRST_LOOK; ; count = Math.min(count * 2, LONGEST_LOOK)) {
    const candidates = followingVersions(last, bump, count);
    const rows = await tx.version.findMany({
      where: { modelId: model.id, version: { in: candidates } },
      select: { version: true },
    });
    const taken = new Set(rows.map(({ version }) => version));
    const free = candidates.find((version) => !taken.has(version));
    if (free !== undefined) return free;
    last = candidates.at(-1) ?? null;
  }
}
