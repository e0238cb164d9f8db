import {
  type CronItem,
  Logger as JobLogger,
  parseCronItems,
  type Runner,
  run,
} from "graphile-worker";
import type { Logger } from "#lib/log.ts";
import { type JobHandlers, TASK_NAMES, TASKS, type TaskName } from "./tasks.ts";
import { WorkerPresence } from "./worker-presence.ts";

/** Maintenance next to one blob that is being compressed; threads do the work, so it is not the event loop's. */
const CONCURRENT_JOBS = 2;
/** Jobs take connections for moments only. */
const POOL_SIZE = 3;
/** Told to stop, a job has no reason to wait: whatever it leaves is done again. */
const ABORT_AFTER_MS = 50;
const LOOK_FOR_DEAD_MS = 60_000;

const EVERY_MINUTE: CronItem[] = [
  {
    task: "schedule-maintenance",
    match: "* * * * *",
    options: { jobKey: "schedule-maintenance", maxAttempts: 1 },
  },
];

/** Runs queued jobs in this process; any number of processes share the queue. */
export class JobRunner {
  readonly #runner: Runner;
  readonly #presence: WorkerPresence;
  readonly #timer: NodeJS.Timeout;

  private constructor(runner: Runner, presence: WorkerPresence, timer: NodeJS.Timeout) {
    this.#runner = runner;
    this.#presence = presence;
    this.#timer = timer;
  }

  static async start(
    connectionString: string,
    handlers: JobHandlers,
    log: Logger,
  ): Promise<JobRunner> {
    const warn = (error: unknown) => log.warn({ operation: "jobs", error }, "failed");
    const presence = new WorkerPresence(connectionString, warn);
    await presence.open();
    const runner = await run(
      {
        connectionString,
        concurrency: CONCURRENT_JOBS,
        maxPoolSize: POOL_SIZE,
        noHandleSignals: true,
        logger: toJobLogger(log),
        gracefulShutdownAbortTimeout: ABORT_AFTER_MS,
        preset: { plugins: [announcing(presence)] },
      },
      toTaskList(handlers, log),
      parseCronItems(EVERY_MINUTE),
    );
    const release = () => presence.releaseJobsOfTheDead().catch(warn);
    await release();
    const timer = setInterval(release, LOOK_FOR_DEAD_MS);
    timer.unref();
    return new JobRunner(runner, presence, timer);
  }

  /** Resolves when no job runs here any more; the others stay queued. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#runner.stop();
    await this.#presence.close();
  }
}

function toTaskList(handlers: JobHandlers, log: Logger) {
  const runTask = async <Name extends TaskName>(
    name: Name,
    payload: unknown,
    signal: AbortSignal,
  ) => {
    const begun = performance.now();
    const duration = () => ({ duration_ms: Math.round(performance.now() - begun) });
    try {
      // A cron job's payload has a member of its own beside ours.
      const parsed = TASKS[name].parse(payload ?? {});
      await handlers[name]?.(parsed as never, signal);
      log.debug({ operation: name, ...duration() }, "job done");
    } catch (error) {
      if (!signal.aborted) log.error({ operation: name, error, ...duration() }, "job failed");
      throw error;
    }
  };
  return Object.fromEntries(
    TASK_NAMES.filter((name) => handlers[name] !== undefined).map((name) => [
      name,
      (payload: unknown, { abortSignal }: { abortSignal: AbortSignal }) =>
        runTask(name, payload, abortSignal),
    ]),
  );
}

/** Awaited before a worker asks for its first job. All workers of a process lock in the name of their pool. */
function announcing(presence: WorkerPresence): GraphileConfig.Plugin {
  let announced: Promise<void> | undefined;
  return {
    name: "WorkerPresencePlugin",
    version: "1.0.0",
    worker: {
      hooks: {
        startWorker: (_ctx, { worker }) => {
          announced ??= presence.announce(worker.workerPool.id);
          return announced;
        },
      },
    },
  };
}

/** Its errors are ours already (`job failed`), the rest is of interest to whoever debugs the queue. */
function toJobLogger(log: Logger): JobLogger {
  return new JobLogger(() => (level, message) => {
    if (level === "warning") log.warn({ operation: "jobs" }, message);
    else log.debug({ operation: "jobs" }, message);
  });
}
