/**
 * Which operations an actor learns of: none about a model that it may not see. Whoever is confined to some models learns of
 * those about one of these alone.
 */
import { visibleModels } from "#lib/access/visible-models.ts";
import type { Ctx } from "#lib/context.ts";
import { Prisma } from "#lib/db/generated/client.ts";
import type { TransactionClient } from "#lib/db/transaction.ts";

const MODEL = "model:";
const NAME = Prisma.sql`substr(subject, ${MODEL.length + 1}::int)`;

export async function visibleOperations(ctx: Ctx): Promise<Prisma.OperationWhereInput> {
  const visible = visibleModels(ctx.actor);
  if (visible.isAll) return {};
  // Few operations are about one model.
  const hidden = await ctx.db.$queryRaw<{ subject: string }[]>`
    select distinct subject from operation
    where subject ^@ ${MODEL} and not ${visible.sqlOfName(NAME)}`;
  const notIn = hidden.map(({ subject }) => subject);
  if (visible.kind === "confined") return { subject: { startsWith: MODEL, notIn } };
  return { OR: [{ subject: null }, { subject: { notIn } }] };
}

export async function isVisible(
  { actor }: Ctx,
  db: Ctx["db"] | TransactionClient,
  subject: string | null,
): Promise<boolean> {
  const visible = visibleModels(actor);
  if (visible.isAll) return true;
  if (!subject?.startsWith(MODEL)) return visible.kind !== "confined";
  const rows = await db.$queryRaw<unknown[]>`
    select 1 from (select ${subject}::text as subject) as asked where ${visible.sqlOfName(NAME)}`;
  return rows.length > 0;
}
