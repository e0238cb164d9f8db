/** Jobs that send what is due: one for each receiver. */
import type { Ctx } from "#lib/context.ts";
import { addJob } from "#lib/operations/add-job.ts";
import { dueTargets, nextDue } from "./claim-deliveries.ts";
import type { Target } from "./target.ts";

/** After a failure of the job itself the next minute queues it again. */
const ATTEMPTS_MAX = 1;
const TASKS = ["send-notices", "send-to-webhook", "send-to-slow-webhook"] as const;

/** Whoever waits for a place already keeps it in the line: it would move to the end with each change otherwise. */
export async function queueDueDeliveries({ db }: Pick<Ctx, "db">): Promise<void> {
  const waiting = await waitingKeys(db);
  for (const target of await dueTargets(db))
    if (!waiting.has(keyOf(target))) await queue(db, target, new Date());
}

/** After a turn: another one when the next message is due, behind those that have waited meanwhile. */
export async function queueNextTurn({ db }: Pick<Ctx, "db">, target: Target): Promise<void> {
  const at = await nextDue(db, target);
  if (at !== null) await queue(db, target, new Date(Math.max(at.getTime(), Date.now())));
}

async function waitingKeys(db: Ctx["db"]): Promise<ReadonlySet<string>> {
  const rows = await db.$queryRaw<{ key: string }[]>`
    select key from graphile_worker.jobs
    where key like 'deliveries:%' and task_identifier = any(${[...TASKS]}::text[])
      and run_at <= now() and locked_at is null and attempts < max_attempts`;
  return new Set(rows.map(({ key }) => key));
}

async function queue(db: Ctx["db"], target: Target, runAt: Date): Promise<void> {
  const task = await taskOf(db, target);
  const options = { key: keyOf(target), runAt, maxAttempts: ATTEMPTS_MAX };
  await addJob(db, task, { id: target.id.toString() }, options);
}

async function taskOf(db: Ctx["db"], target: Target): Promise<(typeof TASKS)[number]> {
  if (target.kind === "contact_point") return "send-notices";
  return (await isSlow(db, target.id)) ? "send-to-slow-webhook" : "send-to-webhook";
}

/** Whether a webhook belongs to those that only wait for each other. */
export async function isSlow(db: Ctx["db"], webhookId: string): Promise<boolean> {
  const [row] = await db.$queryRaw<{ is_slow: boolean }[]>`
    select coalesce(slow_until > now(), false) as is_slow from webhook where id = ${webhookId}::uuid`;
  return row?.is_slow ?? false;
}

function keyOf({ kind, id }: Target): string {
  return `deliveries:${kind}:${id}`;
}
