import type { Database } from "#lib/db/client.ts";
import { millis } from "#lib/db/database-clock.ts";
import { Prisma } from "#lib/db/generated/client.ts";
import type { LaneLoads } from "#lib/operations/lanes.ts";
import { SERVER_KEYS } from "./columns.ts";
import type { Measured } from "./measure-process.ts";

/** Of the names and clients that asked for what is not there, these many of the most frequent are written down. */
const MISSING_MAX = 20;

export type ServerFacts = {
  name: string;
  version: string;
  startedAt: Date;
  /** Live: what it runs whenever this is looked at. */
  lanes: LaneLoads | null;
};

/** Says that a server is alive; one that had left is back. */
const seen = ({ name, version, startedAt, lanes }: ServerFacts) => Prisma.sql`
  insert into monitoring_server (name, version, node, pid, started_at, last_seen_at, lanes)
  values (${name}, ${version}, ${process.versions.node}, ${process.pid}, ${startedAt}, now(),
    ${lanes && JSON.stringify(lanes)}::jsonb)
  on conflict (name) do update set version = excluded.version, node = excluded.node,
    pid = excluded.pid, started_at = excluded.started_at, last_seen_at = excluded.last_seen_at, left_at = null,
    lanes = excluded.lanes`;

/** Before the first sample: a server that dies before that is missed as well. */
export async function sayHello(db: Database, server: ServerFacts): Promise<void> {
  await db.$executeRaw(seen(server));
}

const COLUMNS = Prisma.raw(SERVER_KEYS.join(", "));

/**
 * Writes a sample of a server, and that it is alive. Gives false where there is one of the same interval already: a timer
 * is not exact.
 */
export async function writeSample(
  db: Database,
  server: ServerFacts,
  intervalMs: number,
  { figures, activity }: Measured,
): Promise<boolean> {
  const values = Prisma.join(SERVER_KEYS.map((key) => Prisma.sql`${figures[key]}::float8`));
  const missing = [...activity.missing].sort((a, b) => b[1] - a[1]).slice(0, MISSING_MAX);
  const written = await db.$executeRaw`
    with seen as (${seen(server)})
    insert into monitoring_sample (tier, at, server, ${COLUMNS}, operations, loads, missing)
    values (0, date_bin(${millis(intervalMs)}, now(), 'epoch'), ${server.name}, ${values},
      ${jsonOrNull(activity.operations)}::jsonb, ${jsonOrNull(activity.loads)}::jsonb,
      ${jsonOrNull(Object.fromEntries(missing))}::jsonb)
    on conflict do nothing`;
  return written > 0;
}

/** Says that the server ends because it was told to, so that nobody misses it. */
export async function sayGoodbye(db: Database, name: string): Promise<void> {
  await db.$executeRaw`
    update monitoring_server set left_at = now(), last_seen_at = now()
    where name = ${name} and pid = ${process.pid}`;
}

function jsonOrNull(value: object): string | null {
  return Object.keys(value).length === 0 ? null : JSON.stringify(value);
}
