import { setTimeout as sleep } from "node:timers/promises";
import type { Product } from "./product.ts";

/** The value of a metric, named with its labels if it has any. */
export async function readMetric(product: Product, name: string): Promise<number> {
  const text = await (await fetch(`${product.url}/metrics`)).text();
  const line = text.split("\n").find((candidate) => candidate.startsWith(`${name} `));
  if (line === undefined) throw new Error(`there is no metric ${name}`);
  return Number(line.slice(name.length + 1));
}

/** Waits for a state of the product that comes by itself. */
export async function until(what: string, isTrue: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 300_000;
  while (!(await isTrue())) {
    if (performance.now() > deadline) throw new Error(`waited five minutes: ${what}`);
    await sleep(100);
  }
}

/** Waits until no background job has run for a second; maintenance that is due later may wait. */
export async function untilIdle(product: Product): Promise<void> {
  let quietPolls = 0;
  await until("the last job", async () => {
    const running = await readMetric(product, 'model_registry_jobs{state="running"}');
    quietPolls = running === 0 ? quietPolls + 1 : 0;
    return quietPolls === 10;
  });
}

/** Waits until the background has compressed the latest version of each model. */
export async function untilCompressed(product: Product, models: readonly string[]): Promise<void> {
  for (const model of models) {
    const url = `${product.url}/api/v1/models/${model}/versions/latest`;
    await until(`compression of ${model}`, async () => {
      const version = (await (await fetch(url)).json()) as Record<string, number>;
      return (version.stored_bytes ?? 0) < (version.size_bytes ?? 0);
    });
  }
}
