import { z } from "zod";
import { assertMay } from "#lib/access/policy.ts";
import { visibleModels } from "#lib/access/visible-models.ts";
import type { Ctx } from "#lib/context.ts";
import { Prisma } from "#lib/db/generated/client.ts";
import { cursorsOf, rowId } from "#lib/wire/cursor.ts";
import { withoutAgent } from "./no-agent.ts";
import type { LoadState, LoadWire } from "./schema.ts";
import { inSnapshot, loadToWire, OPERATION_STATE_OF, withOperation } from "./store.ts";

export type ListLoadsInput = {
  model?: string | undefined;
  /** Of these; without any: of all. */
  states?: readonly LoadState[] | undefined;
  limit: number;
  cursor?: string | undefined;
};

const cursors = cursorsOf("loads", z.tuple([rowId]));
const NAME = Prisma.sql`load.model_name`;

/** Loads of the models that the actor may see, the newest first. */
export async function listLoads(
  ctx: Ctx,
  { model, states = [], limit, cursor }: ListLoadsInput,
): Promise<{ items: LoadWire[]; next_cursor: string | null; total: number }> {
  assertMay(ctx, "model.read");
  const before = cursors.decode(cursor);
  const wanted = states.map((state) => OPERATION_STATE_OF[state]);
  const conditions = [
    visibleModels(ctx.actor).sqlOfName(NAME),
    ...(model === undefined ? [] : [Prisma.sql`lower(${NAME}) = ${model.toLowerCase()}`]),
    ...(wanted.length === 0 ? [] : [Prisma.sql`operation.state = any(${wanted})`]),
  ];
  const matching = Prisma.sql`
    from cluster_load as load join operation on operation.id = load.operation_id
    where ${Prisma.join(conditions, " and ")}`;
  const after = before === null ? Prisma.empty : Prisma.sql`and load.operation_id < ${before[0]}`;
  const [ids, counted] = await Promise.all([
    ctx.db.$queryRaw<{ id: bigint }[]>`
      select load.operation_id as id ${matching} ${after}
      order by load.operation_id desc limit ${limit + 1}`,
    ctx.db.$queryRaw<{ total: number }[]>`select count(*)::int as total ${matching}`,
  ]);
  const shown = ids.slice(0, limit).map(({ id }) => id);
  const rows = await inSnapshot(ctx.db, (tx) =>
    tx.clusterLoad.findMany({
      where: { operationId: { in: shown } },
      orderBy: { operationId: "desc" },
      ...withOperation,
    }),
  );
  const last = shown.at(-1);
  return {
    items: await withoutAgent(ctx.db, rows.map(loadToWire)),
    next_cursor: ids.length > limit && last !== undefined ? cursors.encode(last) : null,
    total: counted[0]?.total ?? 0,
  };
}
