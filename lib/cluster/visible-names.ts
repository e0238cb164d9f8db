import { visibleModels } from "#lib/access/visible-models.ts";
import type { Ctx } from "#lib/context.ts";
import { Prisma } from "#lib/db/generated/client.ts";

/** Which of these names of models the actor may learn of. An agent may name models that are gone. */
export async function visibleNames(
  { actor, db }: Ctx,
  names: readonly string[],
): Promise<(name: string) => boolean> {
  const visible = visibleModels(actor);
  if (visible.isAll || names.length === 0) return () => true;
  const distinct = [...new Set(names)];
  const rows = await db.$queryRaw<{ name: string }[]>`
    select name from unnest(${distinct}::text[]) as asked(name)
    where ${visible.sqlOfName(Prisma.sql`name`)}`;
  const found = new Set(rows.map(({ name }) => name));
  return (name) => found.has(name);
}
