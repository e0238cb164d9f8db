/** Reads facts beside the event loop, in a few processes that live as long as the server. */
import { availableParallelism } from "node:os";
import type { SourceFile } from "#lib/formats/contract.ts";
import { WorkerPool } from "#lib/workers/worker-pool.ts";
import { FactsProcess, type InspectionBounds } from "./facts-process.ts";
import type { VersionFacts } from "./version-facts.ts";

/** At least two, so that one file that takes long does not stop all others. */
const PROCESSES = Math.min(Math.max(availableParallelism(), 2), 4);

/** A pickle of nothing but opcodes, the slowest of all files, takes some 150 ms for a MiB. */
const BASE_CPU_MS = 10_000;
const CPU_MS_PER_MIB = 200;
const MAX_CPU_MS = 120_000;
/** A version with the most tensors allowed, a million, takes about half of this. */
const HEAP_MB = 1024;

const DEFAULT_BOUNDS: InspectionBounds = {
  cpuMsFor: (sizeBytes) =>
    Math.min(BASE_CPU_MS + (sizeBytes / 1024 ** 2) * CPU_MS_PER_MIB, MAX_CPU_MS),
  heapMb: HEAP_MB,
};

export class FactsPool {
  readonly #pool: WorkerPool<FactsProcess>;

  /** Processes start when they are first needed. */
  constructor(bounds: Partial<InspectionBounds> = {}, processes = PROCESSES) {
    const all = { ...DEFAULT_BOUNDS, ...bounds };
    const start = () => new FactsProcess(all);
    this.#pool = new WorkerPool({ size: processes, idleMs: null, start });
  }

  /**
   * Facts and verdict of a version, first come, first served. Files that take more time or memory than any model does
   * are `unscannable`. The sources stay open until the promise is settled. Throws `empty_file`, `invalid_model_file`,
   * and what reading the files throws.
   */
  async read(files: readonly SourceFile[]): Promise<VersionFacts> {
    const { worker, release } = await this.#pool.take();
    try {
      return await worker.run(files);
    } finally {
      release();
    }
  }

  /** To be called when nothing is to be read any more. */
  close(): Promise<void> {
    return this.#pool.close();
  }
}
