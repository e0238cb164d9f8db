import type { Database } from "#lib/db/client.ts";
import type { TransactionClient } from "#lib/db/transaction.ts";

export type NewEntry = {
  at: Date;
  actor: { id: string | null; name: string };
  tokenId: string | null;
  address: string | null;
  requestId: string | null;
  action: string;
  model: string | null;
  version: string | null;
  detail: Record<string, unknown>;
};

/** Adds entries that nothing announces, in their order, by one statement. */
export async function insertEntries(
  db: Database | TransactionClient,
  entries: readonly NewEntry[],
): Promise<void> {
  const rows = entries.map(({ actor, ...entry }) => ({
    at: entry.at.toISOString(),
    actor: actor.name,
    actor_id: actor.id,
    token_id: entry.tokenId,
    action: entry.action,
    model: entry.model,
    version: entry.version,
    detail: entry.detail,
    request_id: entry.requestId,
    address: entry.address,
  }));
  await db.$executeRaw`
    insert into audit (at, actor, actor_id, token_id, action, model_name, version, detail, request_id, address)
    select at, actor, actor_id, token_id, action, model, version, detail, request_id, address
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as t(at timestamptz, actor text, actor_id text, token_id text, action text, model text, version text,
        detail jsonb, request_id text, address text)`;
}
