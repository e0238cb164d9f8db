import { CLEAR_SHARE, type FindInput, type Finding, SUBJECTS_MAX } from "./finding.ts";

/** Tasks whose jobs are due and are not taken: nobody works on the queue, or something holds its lane for too long. */
export async function findStuckJobs({ tx, config }: FindInput): Promise<Finding[]> {
  const seconds = config.alerts.jobStuck.afterMs / 1000;
  const rows = await tx.$queryRaw<{ task: string; waiting: bigint; oldest: number }[]>`
    select task_identifier as task, count(*) as waiting,
      extract(epoch from now() - min(run_at))::float8 as oldest
    from graphile_worker.jobs
    where locked_at is null and attempts < max_attempts and run_at <= now()
    group by 1 having now() - min(run_at) >= make_interval(secs => ${seconds * (1 - CLEAR_SHARE)}::float8)
    order by oldest desc limit ${SUBJECTS_MAX}::int`;
  return rows.map(({ task, waiting, oldest }) => ({
    kind: "job_stuck",
    subject: task,
    level: oldest >= seconds ? "over" : "between",
    detail: { waiting: Number(waiting), waiting_seconds: Math.round(oldest) },
  }));
}
