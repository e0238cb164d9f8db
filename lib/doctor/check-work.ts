/** What goes on in the background: the queue, backups, scrubs, and open alerts. Reads PostgreSQL only. */
import type pg from "pg";
import type { Config } from "#lib/config/config.ts";
import { examine, type Finding, good, warning } from "./finding.ts";

const WAITING_MAX_MS = 15 * 60_000;
const DAY_MS = 24 * 60 * 60_000;
/** A scrub walks through the blobs for as long as its interval; after two it has stopped. */
const SCRUB_INTERVALS = 2;

/** `canBackUp`: whether a backup could be made now, as far as its place goes. */
export async function checkWork(
  client: pg.Client,
  config: Config,
  canBackUp: boolean,
): Promise<Finding[]> {
  return [
    await examine("Queue", () => checkQueue(client)),
    await examine("Backup", () => checkBackup(client, config, canBackUp)),
    await examine("Trial restore", () => checkDrill(client, config)),
    await examine("Scrub", () => checkScrub(client, config)),
    await examine("Alerts", () => checkAlerts(client)),
  ];
}

async function checkQueue(client: pg.Client): Promise<Finding> {
  const { rows } = await client.query<{ waiting: number; failed: number; oldest: Date | null }>(
    `select count(*) filter (where is_open and run_at <= now())::int as waiting,
       count(*) filter (where not is_open)::int as failed,
       min(run_at) filter (where is_open and run_at <= now()) as oldest
     from (select *, locked_at is null and attempts < max_attempts as is_open from graphile_worker.jobs where locked_at is null) j`,
  );
  const { waiting = 0, failed = 0, oldest = null } = rows[0] ?? {};
  const counts = `${waiting} jobs wait, ${failed} failed for good`;
  if (oldest !== null && Date.now() - oldest.getTime() > WAITING_MAX_MS)
    return warning(
      "Queue",
      `${counts}; the oldest since ${oldest.toISOString()}. Is a server running?`,
    );
  if (failed > 0) return warning("Queue", `${counts}: the page Operations has them, with "Retry".`);
  return good("Queue", counts);
}

/** When an operation of the kind last succeeded. */
async function lastDone(client: pg.Client, kind: string): Promise<Date | null> {
  const { rows } = await client.query<{ at: Date | null }>(
    "select max(finished_at) as at from operation where kind = $1 and state = 'done'",
    [kind],
  );
  return rows[0]?.at ?? null;
}

async function checkBackup(
  client: pg.Client,
  { storage, backup }: Config,
  canBackUp: boolean,
): Promise<Finding> {
  if (!storage.backupEnabled || backup.schedule === null)
    return warning("Backup", "No schedule makes any: see backup in config/model_registry.yaml.");
  const at = await lastDone(client, "backup");
  if (!canBackUp)
    return warning(
      "Backup",
      `${at === null ? "There is none" : `The last one is of ${at.toISOString()}`}, and none can be made: see "Backup place".`,
    );
  if (at === null) return warning("Backup", "There is none yet: npm run backup makes one now.");
  const { rows } = await client.query(
    "select 1 from alert where kind like 'backup%' and resolved_at is null",
  );
  if (rows.length > 0)
    return warning(
      "Backup",
      `The last one is of ${at.toISOString()}, and an alert about backups is open.`,
    );
  return good("Backup", `the last one is of ${at.toISOString()}`);
}

async function checkDrill(client: pg.Client, { backup, storage }: Config): Promise<Finding> {
  if (!storage.backupEnabled || backup.drillSchedule === null)
    return warning(
      "Trial restore",
      "Nothing proves that a backup can be restored: set backup.drill_schedule.",
    );
  const at = await lastDone(client, "drill");
  return at === null
    ? warning("Trial restore", 'None was made yet: the page Backups has "Try a restore".')
    : good("Trial restore", `the last one is of ${at.toISOString()}`);
}

async function checkScrub(client: pg.Client, { storage }: Config): Promise<Finding> {
  const at = await lastDone(client, "scrub");
  if (at === null) return warning("Scrub", "None has ended yet; the page Storage starts one.");
  const ageMs = Date.now() - at.getTime();
  if (ageMs > storage.scrubIntervalMs * SCRUB_INTERVALS + DAY_MS)
    return warning(
      "Scrub",
      `The last one ended ${at.toISOString()}: is a server running all the time?`,
    );
  return good("Scrub", `the last one ended ${at.toISOString()}`);
}

async function checkAlerts(client: pg.Client): Promise<Finding> {
  const { rows } = await client.query<{ kind: string; count: number }>(
    "select kind, count(*)::int as count from alert where resolved_at is null group by kind order by kind",
  );
  if (rows.length === 0) return good("Alerts", "none is open");
  return warning(
    "Alerts",
    `Open: ${rows.map(({ kind, count }) => `${kind} (${count})`).join(", ")}. GET /api/v1/alerts tells more.`,
  );
}
