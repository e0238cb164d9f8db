import { RegistryError } from "#lib/errors.ts";
import type { ModelCtx } from "./model-context.ts";
import type { AliasEventWire } from "./schema.ts";
import { getLiveModel } from "./store.ts";

/** An alias that moves more often than this is a log, not a name; older moves stay in the audit. */
const HISTORY_MAX = 1000;

export type AliasHistoryInput = { name: string; alias: string; at?: Date | undefined };

/**
 * Who moved an alias, when, from and to what, newest first. With `at`, `version` is the one that the alias named then
 * (null for none) and the moves after that moment are left out. An alias that
 * a rebuild of the database has brought back has no known moves. Throws `alias_not_found`.
 */
export async function listAliasHistory(
  ctx: ModelCtx,
  input: AliasHistoryInput,
): Promise<{ alias: string; version: string | null; items: AliasEventWire[] }> {
  const model = await getLiveModel(ctx, "model.read", input.name);
  const where = { modelId: model.id, alias: input.alias };
  const rows = await ctx.db.aliasEvent.findMany({
    where: { ...where, ...(input.at ? { at: { lte: input.at } } : {}) },
    orderBy: { id: "desc" },
    take: HISTORY_MAX,
  });
  return {
    alias: input.alias,
    version: rows[0]?.toVersion ?? (await versionBeforeMoves(ctx, where, rows.length)),
    items: rows.map((row) => ({
      alias: row.alias,
      from_version: row.fromVersion,
      to_version: row.toVersion,
      at: row.at.toISOString(),
      actor: row.actor,
    })),
  };
}

/** The version of an alias that has no moves at all, and null for one that was first moved after the moment asked for. */
async function versionBeforeMoves(
  ctx: ModelCtx,
  where: { modelId: bigint; alias: string },
  moves: number,
): Promise<string | null> {
  if (moves > 0 || (await ctx.db.aliasEvent.count({ where })) > 0) return null;
  const row = await ctx.db.alias.findFirst({ where, include: { version: true } });
  if (row === null)
    throw new RegistryError("alias_not_found", `There was never an alias ${where.alias}.`);
  return row.version.version;
}
