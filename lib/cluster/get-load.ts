import { assertMay } from "#lib/access/policy.ts";
import type { Ctx } from "#lib/context.ts";
import { RegistryError } from "#lib/errors.ts";
import { isVisible } from "#lib/operations/visible-operations.ts";
import { withoutAgent } from "./no-agent.ts";
import type { LoadDetailWire } from "./schema.ts";
import { detailToWire, inSnapshot } from "./store.ts";

/** With how far each worker is. Throws `load_not_found`, also of one whose model the actor may not see. */
export async function getLoad(ctx: Ctx, { id }: { id: string }): Promise<LoadDetailWire> {
  assertMay(ctx, "model.read");
  const row = await inSnapshot(ctx.db, (tx) =>
    tx.clusterLoad.findUnique({
      where: { operationId: BigInt(id) },
      include: { operation: true },
    }),
  );
  if (row === null || !(await isVisible(ctx, ctx.db, row.operation.subject)))
    throw new RegistryError("load_not_found", `There is no load ${id}.`);
  const detail = detailToWire(row);
  const [load = detail] = await withoutAgent(ctx.db, [detail]);
  return { ...load, progress: detail.progress };
}
