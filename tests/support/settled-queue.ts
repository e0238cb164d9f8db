import { setTimeout as sleep } from "node:timers/promises";

/** After kill -9 the jobs of the dead process are found within a minute. */
const TIMEOUT_MS = 150_000;

/** Waits until no job of a server is due: what a change leaves to the queue is done then, such as records. */
export async function settleQueue(baseUrl: string): Promise<void> {
  const end = Date.now() + TIMEOUT_MS;
  for (;;) {
    const text = await (await fetch(`${baseUrl}/metrics`)).text();
    const counts = text.matchAll(/_jobs\{state="(?:waiting|running)"\} (\d+)/g);
    const open = [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
    if (open === 0) return;
    if (Date.now() > end) throw new Error(`${open} jobs are still due.`);
    await sleep(100);
  }
}
