import { assertMay } from "#lib/access/policy.ts";
import type { Ctx } from "#lib/context.ts";
import { millis } from "#lib/db/database-clock.ts";
import { inTransaction } from "#lib/db/transaction.ts";
import { publishEvent } from "#lib/events/event-bus.ts";
import { CLUSTER_REPORTED } from "#lib/events/schema.ts";
import { normalAddress } from "#lib/wire/scheduler-address.ts";
import type { Report } from "./agent-schema.ts";
import { CLUSTERS_MAX } from "./caps.ts";
import { FORGOTTEN_AFTER_MS } from "./reports.ts";
import { summarize } from "./summarize.ts";

/** Takes down what an agent says of its cluster, in place of what was said of it before. */
export async function recordReport(ctx: Ctx, { agent, scheduler, workers }: Report): Promise<void> {
  assertMay(ctx, "cluster.agent");
  const address = normalAddress(scheduler.address);
  // Their order is that of the pages: worker-2 comes before worker-10.
  const sorted = [...workers].sort(
    (a, b) => compare(a.host, b.host) || compare(a.name, b.name) || compare(a.address, b.address),
  );
  const texts = [agent, { ...scheduler, address }, summarize(sorted), sorted].map((part) =>
    JSON.stringify(part),
  );
  await inTransaction(ctx.db, async (tx) => {
    await tx.$executeRaw`
      insert into cluster_report (address, agent, scheduler, summary, workers, reported_at)
      values (${address}, ${texts[0]}::jsonb, ${texts[1]}::jsonb, ${texts[2]}::jsonb, ${texts[3]}::json, clock_timestamp())
      on conflict (address) do update set agent = excluded.agent, scheduler = excluded.scheduler,
        summary = excluded.summary, workers = excluded.workers, reported_at = excluded.reported_at`;
    await tx.$executeRaw`
      delete from cluster_report where reported_at < clock_timestamp() - ${millis(FORGOTTEN_AFTER_MS)}
        or address in (select address from cluster_report order by reported_at desc offset ${CLUSTERS_MAX})`;
    await publishEvent(tx, {
      action: CLUSTER_REPORTED,
      model: null,
      version: null,
      actor: ctx.actor.name,
      at: ctx.now().toISOString(),
    });
  });
}

const { compare } = new Intl.Collator("en", { numeric: true });
