import { ROLES, type Role } from "#lib/access/actor.ts";
import type { TransactionClient } from "#lib/db/transaction.ts";
import { RegistryError } from "#lib/errors.ts";
import type { AccountsCtx } from "./accounts-context.ts";
import { takeOverGroups } from "./groups.ts";
import { accountNameSchema, displayNameSchema, emailSchema, groupNameSchema } from "./schema.ts";
import {
  type AccountRow,
  accountChange,
  changeAccounts,
  insertAccount,
  nameKey,
  withFacts,
} from "./store.ts";

/** Claims of an ID token that next-auth has verified. */
export type ProviderProfile = Readonly<Record<string, unknown>> & { iss: string; sub: string };

const GROUPS_MAX = 1_000;
/** Somebody else's account may have the name already. */
const NAMES_TRIED = 100;

/**
 * The account of whoever the identity provider has signed in, made at the first time. Where groups are mapped to roles, the
 * provider decides about the role at each sign-in, so that whoever leaves a group loses what it gave; otherwise an
 * administrator does. Throws `forbidden` for somebody without a mapped group where `default_role` is none, and for a
 * disabled account.
 */
export async function signInByProvider(
  ctx: AccountsCtx,
  profile: ProviderProfile,
): Promise<{ id: string; name: string }> {
  const { oidc } = ctx.config.auth;
  if (oidc === null || profile.iss !== oidc.issuer)
    throw new RegistryError("forbidden", "Nobody signs in by this issuer.");
  const groups = groupsOf(profile[oidc.groupsClaim]);
  const mapped = highestOf(groups.flatMap((group) => oidc.roles[group] ?? []));
  const role = mapped ?? oidc.defaultRole;
  if (role === "none")
    throw new RegistryError("forbidden", "None of your groups may use this registry.");
  const isDecidedThere = Object.keys(oidc.roles).length > 0;
  return changeAccounts(ctx, async (tx, record) => {
    const known = await tx.account.findUnique({
      where: { issuer_subject: { issuer: profile.iss, subject: profile.sub } },
      include: withFacts,
    });
    if (known?.disabledAt) throw new RegistryError("forbidden", "The account is disabled.");
    let account: AccountRow;
    if (known === null) {
      account = await insertAccount(tx, ctx, {
        kind: "user",
        name: await freeName(tx, profile),
        displayName: textOf(displayNameSchema.safeParse(profile.name)),
        email: textOf(emailSchema.safeParse(profile.email)),
        role,
        issuer: profile.iss,
        subject: profile.sub,
      });
      await record(accountChange("account.created", account, { role, by: "provider", groups }));
    } else {
      account = known;
      if (isDecidedThere && role !== known.role) {
        await tx.account.update({ where: { id: known.id }, data: { role } });
        const detail = { before: { role: known.role }, after: { role }, by: "provider" };
        await record(accountChange("account.updated", known, detail));
      }
    }
    await takeOverGroups(tx, account.id, groups);
    return { id: account.id, name: account.name };
  });
}

function groupsOf(claim: unknown): string[] {
  const list = Array.isArray(claim) ? claim : typeof claim === "string" ? [claim] : [];
  return list.slice(0, GROUPS_MAX).flatMap((group) => groupNameSchema.safeParse(group).data ?? []);
}

function highestOf(roles: readonly Role[]): Role | null {
  return ROLES.findLast((role) => roles.includes(role)) ?? null;
}

function textOf(parsed: { data?: string | undefined }): string | undefined {
  return parsed.data;
}

/** What the provider calls the person, with a number behind it where somebody else has that name: never that account. */
async function freeName(tx: TransactionClient, profile: ProviderProfile): Promise<string> {
  const email = typeof profile.email === "string" ? profile.email.split("@")[0] : undefined;
  const candidates = [profile.preferred_username, email, `user-${profile.sub}`];
  const wanted =
    candidates.flatMap((name) => accountNameSchema.safeParse(name).data ?? [])[0] ?? "user";
  for (let number = 1; number <= NAMES_TRIED; number += 1) {
    const name = number === 1 ? wanted : `${wanted.slice(0, 95)}-${number}`;
    if ((await tx.account.count({ where: { nameKey: nameKey(name) } })) === 0) return name;
  }
  return `user-${crypto.randomUUID()}`;
}
