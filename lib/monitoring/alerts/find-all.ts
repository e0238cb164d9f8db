import type { Ctx } from "#lib/context.ts";
import type { TransactionClient } from "#lib/db/transaction.ts";
import { findExpiringTokens } from "./find-expiring-tokens.ts";
import { findLostServers } from "./find-lost-servers.ts";
import { findLowDisk } from "./find-low-disk.ts";
import { findMissingModels } from "./find-missing-models.ts";
import { findPoorCache } from "./find-poor-cache.ts";
import { findStuckJobs } from "./find-stuck-jobs.ts";
import type { FindInput, Finding } from "./finding.ts";

const FINDERS = [
  findMissingModels,
  findLowDisk,
  findPoorCache,
  findStuckJobs,
  findLostServers,
  findExpiringTokens,
] as const;

/** What is to be seen now; statements over a day of samples at most, each by an index. */
export async function findAll(
  { config }: Ctx,
  tx: TransactionClient,
  disk: FindInput["disk"],
): Promise<Finding[]> {
  const findings: Finding[] = [];
  // One after the other: a transaction has one connection.
  for (const find of FINDERS) findings.push(...(await find({ tx, config, disk })));
  return findings;
}
