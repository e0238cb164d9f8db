/** Links that work once: for the first administrator, for who is invited, and for who has lost a password. */
import { createHash, randomBytes } from "node:crypto";
import { millis } from "#lib/db/database-clock.ts";
import type { OneTimeLink } from "#lib/db/generated/client.ts";
import type { TransactionClient } from "#lib/db/transaction.ts";
import { RegistryError } from "#lib/errors.ts";
import type { AccountsCtx } from "./accounts-context.ts";
import type { AccountWire, LinkWire } from "./schema.ts";

export type LinkPurpose = "first-administrator" | "invitation" | "reset";
const HOUR_MS = 60 * 60 * 1000;
const LIFE_MS: Record<LinkPurpose, number> = {
  "first-administrator": 7 * 24 * HOUR_MS,
  invitation: 7 * 24 * HOUR_MS,
  reset: 24 * HOUR_MS,
};
const PATH: Record<LinkPurpose, string> = {
  "first-administrator": "/setup",
  invitation: "/invite",
  reset: "/invite",
};

type NewLink = {
  purpose: LinkPurpose;
  accountId?: string;
  role?: AccountWire["role"];
  email?: string | undefined;
};

/** An earlier link for the same purpose and account is not valid any more. The URL has no host where none is configured. */
export async function insertLink(
  tx: TransactionClient,
  { actor, config }: Pick<AccountsCtx, "actor" | "config">,
  { purpose, accountId, role, email }: NewLink,
): Promise<LinkWire> {
  if (purpose !== "invitation")
    await tx.oneTimeLink.deleteMany({ where: { purpose, accountId: accountId ?? null } });
  const token = randomBytes(32).toString("base64url");
  const [row] = await tx.$queryRaw<{ expires_at: Date }[]>`
    insert into one_time_link (hash, purpose, account_id, role, email, created_by, expires_at)
    values (${hashOf(token)}, ${purpose}, ${accountId ?? null}::uuid, ${role ?? null}, ${email ?? null}, ${actor.name},
            now() + ${millis(LIFE_MS[purpose])})
    returning expires_at`;
  if (row === undefined) throw new Error("an insert without a row");
  const base = config.api.publicUrl ?? "";
  return {
    url: `${base}${PATH[purpose]}?token=${token}`,
    expires_at: row.expires_at.toISOString(),
  };
}

/** The link is used up when the transaction commits. Throws `link_not_found`, whatever is wrong with it. */
export async function takeLink(tx: TransactionClient, token: string): Promise<OneTimeLink> {
  const [row] = await tx.$queryRaw<{ hash: Uint8Array<ArrayBuffer> }[]>`
    update one_time_link set used_at = now()
    where hash = ${hashOf(token)} and used_at is null and expires_at > now() returning hash`;
  if (row === undefined) throw linkNotFound();
  return tx.oneTimeLink.findUniqueOrThrow({ where: { hash: row.hash } });
}

/** What a form shows before it is sent: whose password, or which name is free to choose. Throws `link_not_found`. */
export async function findLink(
  { db }: Pick<AccountsCtx, "db">,
  token: string,
): Promise<{ purpose: LinkPurpose; accountName: string | null; role: AccountWire["role"] | null }> {
  const [row] = await db.$queryRaw<
    { purpose: LinkPurpose; name: string | null; role: AccountWire["role"] | null }[]
  >`
    select l.purpose, a.name, l.role from one_time_link as l left join account as a on a.id = l.account_id
    where l.hash = ${hashOf(token)} and l.used_at is null and l.expires_at > now()`;
  if (row === undefined) throw linkNotFound();
  return { purpose: row.purpose, accountName: row.name, role: row.role };
}

function linkNotFound(): RegistryError {
  return new RegistryError(
    "link_not_found",
    "The link was used already, has expired, or was replaced by another one. Ask an administrator for a new one.",
  );
}

function hashOf(token: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash("sha256").update(token).digest());
}
