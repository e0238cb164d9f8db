import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";

/** A server at work may be writing what it compresses, for a moment; what a dead one left would stay. */
export async function expectNoTemporaryFiles(dataFolder: string): Promise<void> {
  const names = () => readdirSync(join(dataFolder, "uploads"));
  await expect.poll(names, { timeout: 30_000 }).toEqual([]);
}
