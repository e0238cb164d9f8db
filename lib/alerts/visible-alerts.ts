/** Which alerts an actor learns of: none about a model that it may not see, and of whoever is confined to some models those alone. */
import { visibleModels } from "#lib/access/visible-models.ts";
import type { Ctx } from "#lib/context.ts";
import { Prisma } from "#lib/db/generated/client.ts";

export async function visibleAlerts({ actor, db }: Ctx): Promise<Prisma.AlertWhereInput> {
  const visible = visibleModels(actor);
  if (visible.isAll) return {};
  // Few alerts are about one model.
  const hidden = await db.$queryRaw<{ name: string }[]>`
    select distinct model_name as name from alert
    where model_name is not null and not ${visible.sqlOfName(Prisma.sql`model_name`)}`;
  const notIn = hidden.map(({ name }) => name);
  if (visible.kind === "confined") return { modelName: { not: null, notIn } };
  return { OR: [{ modelName: null }, { modelName: { notIn } }] };
}
