/** Operations of the storage in the form in which `/storage` shows them. */
import type { Operation } from "#lib/db/generated/client.ts";
import type { RunKind, RunProgress, RunWire } from "../schema.ts";

const NOTHING_YET: RunProgress = {
  blobs: 0,
  bytes: 0,
  total_blobs: null,
  total_bytes: null,
  freed_blobs: 0,
  freed_bytes: 0,
  damaged: 0,
  healed: 0,
};

export function runToWire(row: Operation): RunWire {
  return {
    ...NOTHING_YET,
    ...(row.progress as Partial<RunProgress>),
    id: row.id.toString(),
    kind: row.kind as RunKind,
    state: row.state as RunWire["state"],
    actor: row.actor,
    created_at: row.createdAt.toISOString(),
    started_at: row.startedAt?.toISOString() ?? null,
    finished_at: row.finishedAt?.toISOString() ?? null,
    target: row.subject,
    error: row.error,
  };
}
