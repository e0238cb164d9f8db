/**
 * The outbox: a row of `delivery` for every webhook that a change concerns, written in the transaction of that change. It is sent
 * later (lib/deliveries), however often the server is ended in between. Where there is no webhook nothing is written.
 */
import { Prisma } from "#lib/db/generated/client.ts";
import type { TransactionClient } from "#lib/db/transaction.ts";

/** Of a change of more than this (such as a model card, before and after) the message has no detail. */
const DETAIL_MAX_BYTES = 32 * 1024;

/** `key`: of what is about no model, whatever has to arrive in its order. */
export type ToldChange = {
  action: string;
  model: string | null;
  version?: string | null;
  detail: Record<string, unknown>;
  key?: string;
};

type Made = { at: Date; actor: string };

/**
 * The statement that fills the outbox from `change`, a table expression of the statement that this becomes a part of, with the
 * columns position, action, model, version, detail and key. Only changes that `isTold` may be in it.
 */
export function intoOutbox({ at, actor }: Made): Prisma.Sql {
  return Prisma.sql`
    insert into delivery (webhook_id, event, model_name, order_key, data)
    select w.id, c.action, c.model, coalesce(lower(c.model), c.key, ''), jsonb_build_object(
      'model', c.model, 'version', c.version, 'actor', ${actor}::text, 'at', ${at.toISOString()}::text,
      'detail', case when octet_length(c.detail::text) <= ${DETAIL_MAX_BYTES} then c.detail end)
    from change as c join webhook as w on w.disabled_at is null and fits_any(c.action, w.events)
      and (cardinality(w.model_keys) = 0 or (c.model is not null and fits_any(lower(c.model), w.model_keys)))
    order by c.position, w.id`;
}

/** Puts changes that are no entries of the audit log into the outbox; `tx` is the transaction in which they happen. */
export async function queueChanges(
  tx: TransactionClient,
  made: Made,
  changes: readonly ToldChange[],
): Promise<void> {
  const rows = changes.map((change, position) => ({ ...change, position }));
  await tx.$executeRaw`
    with change as (
      select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
        as t(position int, action text, model text, version text, detail jsonb, key text)
    ) ${intoOutbox(made)}`;
}
