/** Which version is in a stage, with that version's own facts: a model's row has those of the latest only. */
import type { TransactionClient } from "#lib/db/transaction.ts";
import type { StageVersionWire } from "./schema.ts";

type Row = {
  model_id: bigint;
  stage: string;
  version: string;
  verdict: string;
  framework: string;
  format: string;
  parameters: bigint | null;
  size_bytes: bigint;
};

/**
 * The versions in stages by model id, in the order of the stages; of several in one stage the one with the highest
 * precedence.
 */
export async function findStageVersions(
  tx: TransactionClient,
  models: readonly { id: bigint; stages: string[] }[],
): Promise<Map<bigint, StageVersionWire[]>> {
  const pairs = models.flatMap(({ id, stages }) => stages.map((stage) => ({ id, stage })));
  const found = new Map<bigint, StageVersionWire[]>();
  if (pairs.length === 0) return found;
  const rows = await tx.$queryRaw<Row[]>`
    select wanted.model_id, wanted.stage, v.* from
      unnest(${pairs.map(({ id }) => id)}::bigint[], ${pairs.map(({ stage }) => stage)}::text[])
        with ordinality as wanted(model_id, stage, place)
      cross join lateral (
        select version, verdict, framework, format, parameters, size_bytes from version
        where model_id = wanted.model_id and stage = wanted.stage and stage <> 'none' and deleted_at is null
        order by precedence desc, number desc limit 1
      ) as v
    order by wanted.place`;
  for (const row of rows) {
    const versions = found.get(row.model_id) ?? [];
    found.set(row.model_id, versions);
    versions.push({
      stage: row.stage as StageVersionWire["stage"],
      version: row.version,
      verdict: row.verdict as StageVersionWire["verdict"],
      framework: row.framework as StageVersionWire["framework"],
      format: row.format as StageVersionWire["format"],
      parameters: row.parameters === null ? null : Number(row.parameters),
      size_bytes: Number(row.size_bytes),
    });
  }
  return found;
}
