import pg from "pg";
import type { Logger } from "#lib/log.ts";
import { LANE_NAMES, type LaneLoads } from "./lanes.ts";
import { type LaneRunner, startLane } from "./run-lane.ts";
import { type JobHandlers, TASK_NAMES, TASKS } from "./tasks.ts";
import { WorkerPresence } from "./worker-presence.ts";

/** Beside the connection on which each lane listens. Jobs take them for moments only. */
const QUERY_CONNECTIONS = 2;
const LOOK_FOR_DEAD_MS = 60_000;

/** Runs queued jobs in this process, lane by lane; any number of processes share the queue. */
export class JobRunner {
  readonly #lanes: LaneRunner[] = [];
  /** What this process runs now. */
  readonly loads: LaneLoads = {};
  readonly #pool: pg.Pool;
  readonly #presence: WorkerPresence;
  #timer: NodeJS.Timeout | undefined;

  private constructor(pool: pg.Pool, presence: WorkerPresence) {
    this.#pool = pool;
    this.#presence = presence;
  }

  static async start(
    connectionString: string,
    handlers: JobHandlers,
    log: Logger,
  ): Promise<JobRunner> {
    const warn = (error: unknown) => log.warn({ operation: "jobs", error }, "failed");
    // A lane for which there is no work yet takes no connection.
    const lanes = LANE_NAMES.filter((lane) =>
      TASK_NAMES.some((name) => TASKS[name].lane === lane && handlers[name] !== undefined),
    );
    const max = lanes.length + QUERY_CONNECTIONS;
    const pool = new pg.Pool({ connectionString, max, keepAlive: true });
    pool.on("error", warn);
    pool.on("connect", (client) => client.on("error", warn));
    const presence = new WorkerPresence(connectionString, warn);
    const runner = new JobRunner(pool, presence);
    try {
      await presence.open();
      for (const lane of lanes)
        runner.#lanes.push(
          await startLane(lane, { pool, presence, handlers, log, loads: runner.loads }),
        );
      const release = () => presence.releaseJobsOfTheDead().catch(warn);
      await release();
      runner.#timer = setInterval(release, LOOK_FOR_DEAD_MS);
      runner.#timer.unref();
    } catch (error) {
      await runner.close().catch(warn);
      throw error;
    }
    return runner;
  }

  /** Resolves when no job runs here any more; the others stay queued. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#lanes.map((lane) => lane.stop()));
    await this.#presence.close();
    await this.#pool.end();
  }
}
