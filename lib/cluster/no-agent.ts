import type { Ctx } from "#lib/context.ts";
import { millis } from "#lib/db/database-clock.ts";
import { AGENT_SILENT_AFTER_MS } from "./reports.ts";
import type { LoadWire } from "./schema.ts";

/** An agent that waits takes a load at once; a little time is left to one that starts. */
const NOBODY_AFTER_MS = 10_000;

/** Says of loads that wait whether nobody is there who could take them: `error` is then `no_agent`. */
export async function withoutAgent(db: Ctx["db"], loads: readonly LoadWire[]): Promise<LoadWire[]> {
  if (!loads.some(({ state }) => state === "queued")) return [...loads];
  const [{ addresses, now } = { addresses: [], now: new Date() }] = await db.$queryRaw<
    { addresses: string[]; now: Date }[]
  >`
    select clock_timestamp() as now, array(
      select address from cluster_report
      where reported_at > clock_timestamp() - ${millis(AGENT_SILENT_AFTER_MS)}) as addresses`;
  const isServed = ({ scheduler_address: address }: LoadWire) =>
    address === null ? addresses.length > 0 : addresses.includes(address);
  return loads.map((load) => {
    const waitedMs = now.getTime() - Date.parse(load.created_at);
    if (load.state !== "queued" || waitedMs < NOBODY_AFTER_MS || isServed(load)) return load;
    const where = load.scheduler_address === null ? "" : ` of ${load.scheduler_address}`;
    const detail = `No agent${where} has been heard of for a while. It waits until one is started: python -m model_registry.agent.`;
    return { ...load, error: { code: "no_agent", detail } };
  });
}
