import { type Actor, anonymous, type Role } from "#lib/access/actor.ts";
import type { Ctx } from "#lib/context.ts";
import { grantsOf } from "./directory.ts";

/** Who somebody is now, by the id under which they once did something; without a role where the account is disabled or gone. */
export async function actorOfAccount(
  { db, config }: Pick<Ctx, "db" | "config">,
  id: string,
): Promise<Actor> {
  const visitor = anonymous(config.api.authRequired);
  if (id === visitor.id) return visitor;
  const account = await db.account.findFirst({ where: { id, disabledAt: null } });
  if (account === null) return { ...anonymous(true), id };
  return {
    id,
    kind: account.kind as Actor["kind"],
    name: account.name,
    role: account.role as Role,
    scopes: null,
    models: null,
    grants: await grantsOf(db, id),
  };
}
