import type { TransactionClient } from "#lib/db/transaction.ts";
import type { ModelCtx } from "./model-context.ts";
import type { AliasPage, ModelAlias } from "./schema.ts";
import { getLiveModel } from "./store.ts";

export type ListAliasesInput = {
  name: string;
  /** Only aliases that name this version. */
  version?: string;
  /** Only aliases that name another version. */
  otherThan?: string;
  /** Counted from 1; beyond the last page it is the last one. */
  page: number;
  limit: number;
};

/** A model's aliases by their names, a page of them. Throws `model_not_found`. */
export async function listAliases(ctx: ModelCtx, input: ListAliasesInput): Promise<AliasPage> {
  const { id } = await getLiveModel(ctx, "model.read", input.name);
  const scope = { modelId: id, version: input.version, otherThan: input.otherThan };
  const total = await ctx.db.alias.count({ where: whereOf(scope) });
  const page = Math.min(input.page, Math.max(1, Math.ceil(total / input.limit)));
  const slice = { skip: (page - 1) * input.limit, take: input.limit };
  return { items: await findAliases(ctx.db, scope, slice), total, page };
}

type Scope = {
  modelId: bigint;
  version?: string | undefined;
  otherThan?: string | undefined;
};

const whereOf = ({ modelId, version, otherThan }: Scope) => ({
  modelId,
  version: {
    deletedAt: null,
    ...(version === undefined ? {} : { version }),
    ...(otherThan === undefined ? {} : { version: { not: otherThan } }),
  },
});

/** Aliases of trashed versions are left out: they name nothing until they are moved. */
export async function findAliases(
  tx: TransactionClient,
  scope: Scope,
  slice: { skip?: number; take?: number } = {},
): Promise<ModelAlias[]> {
  const rows = await tx.alias.findMany({
    where: whereOf(scope),
    include: { version: { select: { version: true } } },
    orderBy: { alias: "asc" },
    ...slice,
  });
  return rows.map((row) => ({
    alias: row.alias,
    version: row.version.version,
    updated_at: row.updatedAt.toISOString(),
    updated_by: row.updatedBy,
  }));
}
