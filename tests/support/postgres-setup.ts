/** Vitest global setup: one PostgreSQL for the run, with a migrated database to copy. */
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { startEmbeddedPostgres } from "../../lib/db/embedded.ts";
import { placeMigratedCluster } from "./migrated-cluster.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** Of the migrated template database; nobody may stay connected to it. */
    templateDatabaseUrl: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "registry-test-pg-"));
  // PostgreSQL runs as another user when root runs the tests.
  await chmod(folder, 0o711);
  await placeMigratedCluster(join(folder, "data"));
  const server = await startEmbeddedPostgres({
    dataFolder: join(folder, "data"),
    log: () => undefined,
    // The data of a test need not survive a power cut.
    settings: { fsync: "off", synchronous_commit: "off", full_page_writes: "off" },
  });
  project.provide("templateDatabaseUrl", server.url);
  return async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
}
