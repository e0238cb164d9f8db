import { millis } from "#lib/db/database-clock.ts";
import { CLEAR_SHARE, type FindInput, type Finding, SUBJECTS_MAX } from "./finding.ts";

/**
 * Tokens that somebody relies on and that end soon. One made for an hour is near its end from the beginning: it counts when a
 * fifth of its time is left.
 */
export async function findExpiringTokens({ tx, config }: FindInput): Promise<Finding[]> {
  const { beforeMs } = config.alerts.tokenExpiring;
  const rows = await tx.$queryRaw<{ id: string; token: string; account: string; ends: Date }[]>`
    select api_token.id::text as id, api_token.name as token, account.name as account, expires_at as ends
    from api_token join account on account.id = api_token.account_id
    where api_token.kind = 'personal' and revoked_at is null and disabled_at is null
      and expires_at > now() and expires_at < now() + ${millis(beforeMs)}
      and expires_at - now() < (expires_at - api_token.created_at) * ${CLEAR_SHARE}::float8
    order by expires_at limit ${SUBJECTS_MAX}::int`;
  return rows.map(({ id, token, account, ends }) => ({
    kind: "token_expiring",
    subject: id,
    level: "over",
    detail: { token, account, expires_at: ends.toISOString() },
  }));
}
