/** The versions that the scan does not clear, over all models. */
import { z } from "zod";
import { assertMay } from "#lib/access/policy.ts";
import { type VisibleModels, visibleModels } from "#lib/access/visible-models.ts";
import type { Ctx } from "#lib/context.ts";
import type { Database } from "#lib/db/client.ts";
import { Prisma } from "#lib/db/generated/client.ts";
import { likeLiteral } from "#lib/db/like-literal.ts";
import { cursorsOf, rowId } from "#lib/wire/cursor.ts";
import type { Stage } from "#lib/wire/words.ts";
import {
  LISTED_FINDINGS_MAX,
  type ListFindingsInput,
  type NotCleanVerdict,
  type VersionFindingsWire,
} from "./findings-schema.ts";
import type { FindingWire } from "./schema.ts";

const cursors = cursorsOf("findings", z.tuple([rowId]));

/** Versions that are not clean, the newest first, with their worst findings. Throws `invalid_cursor`. */
export async function listFindings(
  ctx: Ctx,
  { limit, cursor, ...filter }: ListFindingsInput,
): Promise<{ items: VersionFindingsWire[]; next_cursor: string | null; total: number }> {
  assertMay(ctx, "model.read");
  const before = cursors.decode(cursor);
  const matching = conditions(visibleModels(ctx.actor), filter);
  const [rows, total] = await Promise.all([
    ctx.db.$queryRaw<Row[]>`
      select v.id, m.name as model, v.version, v.verdict, v.stage,
        array(select alias from alias where version_id = v.id order by alias collate "C") as aliases,
        jsonb_path_query_array(v.findings, ${FIRST}::text::jsonpath) as findings,
        jsonb_array_length(v.findings) as finding_count,
        v.scanned_at, v.rules_version, v.created_at, v.created_by
      from version as v join model as m on m.id = v.model_id
      where ${matching} and ${before === null ? Prisma.sql`true` : Prisma.sql`v.id < ${before[0]}`}
      order by v.id desc limit ${limit + 1}`,
    count(ctx.db, matching),
  ]);
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(toWire),
    next_cursor: rows.length > limit && last ? cursors.encode(last.id) : null,
    total,
  };
}

/** How many versions the list has for whoever sees these models. */
export function countNotClean(db: Database, visible: VisibleModels): Promise<number> {
  return count(db, conditions(visible, {}));
}

const FIRST = `$[0 to ${LISTED_FINDINGS_MAX - 1}]`;

type Row = {
  id: bigint;
  model: string;
  version: string;
  verdict: string;
  stage: string;
  aliases: string[];
  findings: FindingWire[];
  finding_count: number;
  scanned_at: Date | null;
  rules_version: number;
  created_at: Date;
  created_by: string;
};

/** A version whose bytes are elsewhere has nothing that could be scanned, or served. */
function conditions(
  visible: VisibleModels,
  { verdict, query }: Pick<ListFindingsInput, "verdict" | "query">,
): Prisma.Sql {
  const all = [
    Prisma.sql`v.verdict <> 'clean' and v.deleted_at is null and v.location is null and m.deleted_at is null`,
  ];
  if (!visible.isAll) all.push(visible.sql("m"));
  if (verdict !== undefined) all.push(Prisma.sql`v.verdict = ${verdict}`);
  if (query) {
    const pattern = `%${likeLiteral(query)}%`;
    all.push(Prisma.sql`(m.name ilike ${pattern} or v.version ilike ${pattern} or exists (
      select from jsonb_to_recordset(v.findings) as f(code text, detail text, file text)
      where f.code ilike ${pattern} or f.detail ilike ${pattern} or f.file ilike ${pattern}))`);
  }
  return Prisma.join(all, " and ");
}

async function count(db: Database, matching: Prisma.Sql): Promise<number> {
  const [row] = await db.$queryRaw<{ count: bigint }[]>`
    select count(*) as count from version as v join model as m on m.id = v.model_id
    where ${matching}`;
  return Number(row?.count ?? 0n);
}

function toWire(row: Row): VersionFindingsWire {
  return {
    model: row.model,
    version: row.version,
    verdict: row.verdict as NotCleanVerdict,
    stage: row.stage as Stage,
    aliases: row.aliases,
    findings: row.findings,
    finding_count: row.finding_count,
    scanned_at: row.scanned_at?.toISOString() ?? null,
    rules_version: row.rules_version,
    created_at: row.created_at.toISOString(),
    created_by: row.created_by,
  };
}
