import { millis } from "#lib/db/database-clock.ts";
import { type FindInput, type Finding, SUBJECTS_MAX } from "./finding.ts";

/** Servers that stopped writing samples and never said goodbye. One that is gone for long is not missed any more. */
export async function findLostServers({ tx, config }: FindInput): Promise<Finding[]> {
  const { afterMs, forgetAfterMs } = config.alerts.replicaLost;
  // A server cannot be missed before it had the time to write two samples.
  const patience = Math.max(afterMs, 2 * config.monitoring.sampleIntervalMs);
  const rows = await tx.$queryRaw<{ name: string; version: string; seen: Date }[]>`
    select name, version, last_seen_at as seen from monitoring_server
    where left_at is null and last_seen_at < now() - ${millis(patience)}
      and last_seen_at > now() - ${millis(forgetAfterMs)}
    order by last_seen_at desc limit ${SUBJECTS_MAX}::int`;
  return rows.map(({ name, version, seen }) => ({
    kind: "replica_lost",
    subject: name,
    level: "over",
    detail: { version, last_seen_at: seen.toISOString() },
  }));
}
