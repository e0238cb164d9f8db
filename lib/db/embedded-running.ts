import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { SUPERUSER } from "./embedded-cluster.ts";
import { chooseLocation } from "./embedded-location.ts";
import { isOurPostmaster, readPostmaster } from "./embedded-postmaster.ts";

/** The URL of the embedded PostgreSQL that a server of this data folder runs now; null when none does. */
export async function findRunningPostgres(dataFolder: string): Promise<string | null> {
  const location = await chooseLocation(dataFolder, () => undefined);
  const running = await readPostmaster(location);
  if (running === null || !isOurPostmaster(location, running.pid)) return null;
  const password = await readFile(join(location.folder, "password"), "utf8");
  return `postgresql://${SUPERUSER}:${password}@127.0.0.1:${running.port}/registry`;
}
