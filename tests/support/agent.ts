/** What a cluster agent says, for tests that speak in its place. */
import type { z } from "zod";
import type { leaseBody, Report } from "../../lib/cluster/agent-schema.ts";

export const SCHEDULER = "tcp://127.0.0.1:8786";

export function agentNamed(id: string) {
  return { id, host: `host-of-${id}`, pid: 1, sdk_version: "1.0.0", python_version: "3.12.0" };
}

export function leaseOf(
  id: string,
  more: Partial<z.output<typeof leaseBody>> = {},
): z.output<typeof leaseBody> {
  return { agent: agentNamed(id), scheduler_address: SCHEDULER, wait_seconds: 0, ...more };
}

type Worker = Report["workers"][number];
export function workerNamed(name: string, more: Partial<Worker> = {}): Worker {
  return {
    address: `tcp://127.0.0.2:${40_000 + name.length}/${name}`,
    name,
    host: "127.0.0.2",
    status: "running",
    memory_limit_bytes: 1_000_000,
    memory_bytes: 400_000,
    cpu_percent: 50,
    threads: 2,
    versions: { python: "3.12.0", distributed: "2026.8.0" },
    models: [],
    ...more,
  };
}

export function reportOf(workers: Worker[], more: Partial<Report["scheduler"]> = {}): Report {
  return {
    agent: agentNamed("reporter"),
    scheduler: {
      address: SCHEDULER,
      dashboard_url: "http://127.0.0.1:8787/status",
      version: "2026.8.0",
      status: "connected",
      error: null,
      ...more,
    },
    workers,
  };
}
