/** One lane: workers that only take the jobs of its tasks. */
import {
  type CronItem,
  Logger as JobLogger,
  parseCronItems,
  type Runner,
  run,
  type TaskList,
} from "graphile-worker";
import type { Pool } from "pg";
import type { Logger } from "#lib/log.ts";
import { inSpan } from "#lib/tracing/span.ts";
import { LANES, type Lane, type LaneLoads } from "./lanes.ts";
import { type JobHandlers, TASK_NAMES, TASKS, type TaskName } from "./tasks.ts";
import type { WorkerPresence } from "./worker-presence.ts";

/** Told to stop, a job has no reason to wait: whatever it leaves is done again. */
const ABORT_AFTER_MS = 50;

const everyMinute = (task: TaskName): CronItem => ({
  task,
  match: "* * * * *",
  options: { jobKey: task, maxAttempts: 1 },
});
/** The clock is the short lane's: nothing may hold it back. */
const CRON: Partial<Record<Lane, CronItem[]>> = {
  short: [
    everyMinute("resume-operations"),
    everyMinute("schedule-maintenance"),
    everyMinute("roll-up-samples"),
  ],
};

export type LaneRunner = Pick<Runner, "stop">;

type LaneParts = { handlers: JobHandlers; log: Logger; loads: LaneLoads };

export async function startLane(
  lane: Lane,
  parts: LaneParts & { pool: Pool; presence: WorkerPresence },
): Promise<LaneRunner> {
  const { pool, presence, handlers, log } = parts;
  parts.loads[lane] = 0;
  return run(
    {
      pgPool: pool,
      concurrency: LANES[lane].concurrency,
      noHandleSignals: true,
      logger: toJobLogger(log),
      gracefulShutdownAbortTimeout: ABORT_AFTER_MS,
      preset: { plugins: [announcing(presence)] },
    },
    toTaskList(lane, parts),
    parseCronItems((CRON[lane] ?? []).filter(({ task }) => task in handlers)),
  );
}

function toTaskList(lane: Lane, { handlers, log, loads }: LaneParts): TaskList {
  const count = (change: number) => {
    loads[lane] = (loads[lane] ?? 0) + change;
  };
  const runTask = async <Name extends TaskName>(
    name: Name,
    payload: unknown,
    signal: AbortSignal,
  ) => {
    const begun = performance.now();
    const duration = () => ({ duration_ms: Math.round(performance.now() - begun) });
    count(1);
    try {
      // A cron job's payload has a member of its own beside ours.
      const parsed = TASKS[name].schema.parse(payload ?? {});
      await inSpan(`job ${name}`, {}, async () => handlers[name]?.(parsed as never, signal));
      log.debug({ operation: name, ...duration() }, "job done");
    } catch (error) {
      if (!signal.aborted) log.error({ operation: name, error, ...duration() }, "job failed");
      throw error;
    } finally {
      count(-1);
    }
  };
  return Object.fromEntries(
    TASK_NAMES.filter((name) => TASKS[name].lane === lane && handlers[name] !== undefined).map(
      (name) => [
        name,
        (payload: unknown, { abortSignal }: { abortSignal: AbortSignal }) =>
          runTask(name, payload, abortSignal),
      ],
    ),
  );
}

/** Awaited before a worker asks for its first job. All workers of a lane lock in the name of its pool. */
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
