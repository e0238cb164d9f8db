import { millis } from "#lib/db/database-clock.ts";
import { CLEAR_SHARE, type FindInput, type Finding, SUBJECTS_MAX } from "./finding.ts";

/** Names that many ask for in vain, and clients that ask for many. A private model's name is told to nobody. */
export async function findMissingModels({ tx, config }: FindInput): Promise<Finding[]> {
  const { requests, withinMs } = config.alerts.modelNotFound;
  const rows = await tx.$queryRaw<{ key: string; times: number }[]>`
    select key, sum(value::float8)::float8 as times
    from monitoring_sample, jsonb_each_text(missing)
    where tier = 0 and at > now() - ${millis(withinMs)} and missing is not null
      and not exists (select from private_name where 'model:' || name_key = lower(key))
    group by key having sum(value::float8) >= ${requests * (1 - CLEAR_SHARE)}::float8
    order by times desc limit ${SUBJECTS_MAX}::int`;
  return rows.map(({ key, times }) => ({
    kind: "model_not_found",
    subject: key,
    level: times >= requests ? "over" : "between",
    detail: { requests: times, within_seconds: withinMs / 1000 },
  }));
}
