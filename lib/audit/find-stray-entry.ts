import type { VerifyCtx } from "./linked-entry.ts";
import type { ChainProblem } from "./schema.ts";

type Stray = { id: bigint; is_waiting: boolean; is_there: boolean };

/**
 * An entry beside the chain: one that got around the trigger, one that was taken away while it waited, and, unless it may, one that
 * has waited for its place longer than a minute, which it does only while no server runs.
 */
export async function findStrayEntry(
  { db }: VerifyCtx,
  { mayWait }: { mayWait: boolean },
): Promise<ChainProblem | null> {
  const [stray] = await db.$queryRaw<Stray[]>`
    select coalesce(audit.id, waiting.audit_id) as id, waiting.audit_id is not null as is_waiting,
      audit.id is not null as is_there
    from audit full join audit_unchained as waiting on waiting.audit_id = audit.id
    where not exists (select from audit_link where audit_link.audit_id = coalesce(audit.id, waiting.audit_id))
      and (audit.id is null or waiting.audit_id is null
        or (not ${mayWait} and audit.at not between now() - interval '1 minute' and now() + interval '1 minute'))
    order by (audit.id is not null and waiting.audit_id is not null), id limit 1`;
  if (stray === undefined) return null;
  const id = stray.id.toString();
  if (!stray.is_there)
    return { kind: "removed", seq: null, audit_id: id, detail: `Entry ${id} is gone.` };
  if (!stray.is_waiting)
    return {
      kind: "inserted",
      seq: null,
      audit_id: id,
      detail: `Entry ${id} was written past the trigger, or its link is gone.`,
    };
  return {
    kind: "unchained",
    seq: null,
    audit_id: id,
    detail: `Entry ${id} has waited for its place in the chain longer than a minute; a running server gives it one.`,
  };
}
