import { expect } from "vitest";

/** Waits until a server's queue is empty: what a change leaves to the queue is done then, such as records. */
export async function settleQueue(baseUrl: string): Promise<void> {
  const open = async () => {
    const text = await (await fetch(`${baseUrl}/metrics`)).text();
    const counts = text.matchAll(/_jobs\{state="(?:waiting|running)"\} (\d+)/g);
    return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
  };
  await expect.poll(open, { timeout: 60_000, interval: 100 }).toBe(0);
}
