/** Which operations an actor learns of: who is confined to some models, of those that are about one of these alone. */
import type { Actor } from "#lib/access/actor.ts";
import { visibleModels } from "#lib/access/visible-models.ts";
import type { Prisma } from "#lib/db/generated/client.ts";
import { likeLiteral } from "#lib/db/like-literal.ts";

const MODEL = "model:";

export function visibleOperations(actor: Actor): Prisma.OperationWhereInput {
  const { isAll, names, prefixes } = visibleModels(actor);
  if (isAll) return {};
  const mode = "insensitive" as const;
  return {
    OR: [
      ...names.map((name) => ({ subject: { equals: likeLiteral(MODEL + name), mode } })),
      ...prefixes.map((prefix) => ({ subject: { startsWith: likeLiteral(MODEL + prefix), mode } })),
    ],
  };
}

export function isVisible(actor: Actor, subject: string | null): boolean {
  const { isAll, has } = visibleModels(actor);
  if (isAll) return true;
  return subject?.startsWith(MODEL) === true && has(subject.slice(MODEL.length));
}
