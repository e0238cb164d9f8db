/** What changes for whom when `api.auth_required` is turned on: to be looked at before it is. */
import { type Actor, anonymous, type Role } from "#lib/access/actor.ts";
import { assertMay, may, PERMISSIONS, type Permission } from "#lib/access/policy.ts";
import { Prisma } from "#lib/db/generated/client.ts";
import type { AccountsCtx } from "./accounts-context.ts";

const ALL = Object.keys(PERMISSIONS) as Permission[];
/** Who has done nothing for longer is hardly missed. */
const SEEN_DAYS = 90;
const SHOWN = 100;

export type SwitchPlan = {
  administrators: string[];
  /** Models that anonymous made and that nobody owns yet, the first ones by name. */
  ownerless: { total: number; names: string[] };
  /** Addresses from which somebody changed something without an account in the last 90 days. */
  anonymousClients: { address: string | null; changes: number; lastAt: Date; actions: string[] }[];
  /** What an account may not do any more which anonymous may now. */
  losses: { account: string; role: Role; permissions: Permission[] }[];
};

export async function planSwitch(ctx: AccountsCtx): Promise<SwitchPlan> {
  assertMay(ctx, "account.manage");
  const [accounts, names, total, clients] = await Promise.all([
    ctx.db.account.findMany({ where: { disabledAt: null }, orderBy: { nameKey: "asc" } }),
    ctx.db.$queryRaw<{ name: string }[]>`
      select name from model where ${OWNERLESS} order by name_key limit ${SHOWN}`,
    ctx.db.$queryRaw<{ count: bigint }[]>`select count(*) as count from model where ${OWNERLESS}`,
    ctx.db.$queryRaw<
      { address: string | null; changes: bigint; last_at: Date; actions: string[] }[]
    >`
      select address, count(*) as changes, max(at) as last_at, array_agg(distinct action order by action) as actions
      from audit where actor_id = 'anonymous' and at > now() - ${SEEN_DAYS}::int * interval '1 day'
      group by address order by changes desc limit ${SHOWN}`,
  ]);
  const administrators = accounts.filter(
    ({ role, kind }) => role === "administrator" && kind === "user",
  );
  return {
    administrators: administrators.map(({ name }) => name),
    ownerless: { total: Number(total[0]?.count ?? 0), names: names.map(({ name }) => name) },
    anonymousClients: clients.map(({ address, changes, last_at: lastAt, actions }) => ({
      address,
      changes: Number(changes),
      lastAt,
      actions,
    })),
    losses: accounts.map(({ id, name, role }) => {
      const actor: Actor = { ...anonymous(false), id, name, role: role as Role };
      return {
        account: name,
        role: role as Role,
        permissions: ALL.filter((permission) => !may({ actor }, permission)),
      };
    }),
  };
}

/** Made without an account, and without anybody whom a grant makes the owner. */
export const OWNERLESS = Prisma.sql`
  created_by_id is distinct from 'system' and not exists (
    select 1 from model_grant where model_id = model.id and level = 'owner')`;
