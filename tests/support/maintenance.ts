/** Runs a scrub or a collection as its job does, on a database and a folder, in this process or in one of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import type { BlobCtx } from "../../lib/blobs/blob-context.ts";
import { collectBlobs } from "../../lib/blobs/maintenance/collect-blobs.ts";
import { runToWire } from "../../lib/blobs/maintenance/run-wire.ts";
import { scrubBlobs } from "../../lib/blobs/maintenance/scrub-blobs.ts";
import type { RunKind, RunWire } from "../../lib/blobs/schema.ts";
import { startChecker } from "../../lib/blobs/verification/scrub-thread.ts";
import { carryOutOperation } from "../../lib/operations/carry-out-operation.ts";
import type { StorageSettings } from "../../lib/storage/open-storage.ts";

/** As fast as the machine is. */
const UNBOUNDED = 1e12;

export type MaintenanceInput = { url: string; basePath: string; kind: RunKind; runId: string };

export async function createRun(ctx: BlobCtx, kind: RunKind, target: string | null = null) {
  const data = { kind, actor: "test", actorId: "test", createdAt: ctx.now(), subject: target };
  const row = await ctx.db.operation.create({ data });
  return row.id.toString();
}

export async function carryOut(
  ctx: BlobCtx,
  settings: StorageSettings,
  { kind, runId }: Pick<MaintenanceInput, "kind" | "runId">,
  { signal = new AbortController().signal, bytesPerSecond = UNBOUNDED } = {},
): Promise<RunWire> {
  const checker = startChecker(ctx.storage, { settings, bytesPerSecond });
  try {
    await carryOutOperation(ctx, runId, signal, async (row, tools) => {
      if (kind === "scrub") return scrubBlobs(ctx, checker, { run: runToWire(row), ...tools });
      const freed = await collectBlobs(ctx, { signal: tools.signal, onProgress: tools.save });
      return { progress: { freed_blobs: freed.blobs, freed_bytes: freed.bytes } };
    });
  } finally {
    await checker.end();
  }
  const row = await ctx.db.operation.findUniqueOrThrow({ where: { id: BigInt(runId) } });
  return runToWire(row);
}

/** The same in a process that may be killed; resolves when its work has begun. */
export async function beginInProcess(input: MaintenanceInput): Promise<ChildProcess> {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, "maintenance-child.ts"), JSON.stringify(input)],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  await new Promise<void>((resolve, reject) => {
    child.stdout?.once("data", () => resolve());
    child.once("exit", (code) => reject(new Error(`the child ended with code ${code}`)));
  });
  return child;
}
