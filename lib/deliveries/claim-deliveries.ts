/**
 * Which messages are sent next: of each order key the oldest that waits, so that they arrive in their order. A claim ends by itself:
 * what a process that dies was about to send is sent again by another one.
 */
import type { Database } from "#lib/db/client.ts";
import type { Delivery } from "#lib/db/generated/client.ts";
import { Prisma } from "#lib/db/generated/client.ts";
import { rowsOf, type Target } from "./target.ts";

/** Longer than the longest attempt (SEND_TIMEOUT_MS of the senders). */
export const CLAIM_MS = 60_000;

const DUE = Prisma.sql`greatest(d.next_attempt_at, d.claimed_until)`;

function heads(target: Target): Prisma.Sql {
  return Prisma.sql`${rowsOf(target)} and d.state = 'pending' and not exists (
    select 1 from delivery as e
    where ${rowsOf(target, "e")} and e.state = 'pending' and e.order_key = d.order_key and e.id < d.id)`;
}

export async function claimDeliveries(
  db: Database,
  target: Target,
  max: number,
): Promise<Delivery[]> {
  const claimed = await db.$queryRaw<{ id: bigint }[]>`
    update delivery set attempts = attempts + 1, claimed_until = now() + make_interval(secs => ${CLAIM_MS / 1000})
    where id in (
      select d.id from delivery as d where ${heads(target)} and ${DUE} <= now()
      order by d.id limit ${max} for update skip locked)
    returning id`;
  if (claimed.length === 0) return [];
  const ids = claimed.map(({ id }) => id);
  return db.delivery.findMany({ where: { id: { in: ids } }, orderBy: { id: "asc" } });
}

/** The process that was about to send it ends: that was no attempt. */
export async function releaseDelivery(db: Database, { id }: Pick<Delivery, "id">): Promise<void> {
  await db.delivery.updateMany({
    where: { id, state: "pending" },
    data: { claimedUntil: null, attempts: { decrement: 1 } },
  });
}

/** When the next message is due; null when none waits. */
export async function nextDue(db: Database, target: Target): Promise<Date | null> {
  const [row] = await db.$queryRaw<{ at: Date | null }[]>`
    select min(${DUE}) as at from delivery as d where ${heads(target)}`;
  return row?.at ?? null;
}

/** Whose messages are due. */
export async function dueTargets(db: Database): Promise<Target[]> {
  const rows = await db.$queryRaw<{ webhook_id: string | null; contact_point_id: bigint | null }[]>`
    select distinct d.webhook_id::text, d.contact_point_id from delivery as d
    where d.state = 'pending' and d.next_attempt_at <= now() and ${DUE} <= now()
      and not exists (select 1 from webhook as w where w.id = d.webhook_id and w.disabled_at is not null)
      and not exists (select 1 from contact_point as c where c.id = d.contact_point_id and not c.is_on)`;
  return rows.flatMap(({ webhook_id, contact_point_id }): Target[] => {
    if (webhook_id !== null) return [{ kind: "webhook", id: webhook_id }];
    return contact_point_id === null ? [] : [{ kind: "contact_point", id: contact_point_id }];
  });
}
