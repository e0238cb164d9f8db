/** Says what happened where the chain does not hold. Only then is more read than the chain itself. */
import { type AuditRow, entryHash } from "./entry-hash.ts";
import type { Linked, VerifyCtx } from "./linked-entry.ts";
import type { ChainProblem } from "./schema.ts";

const PAGE = 1_000;

/** The link does not follow the one before. `before` is the hash of the one before that. */
export async function explainLink(
  { db }: VerifyCtx,
  link: Linked,
  { last, before }: { last: { seq: bigint; hash: string }; before: string },
): Promise<ChainProblem> {
  const seq = link.seq.toString();
  const audit_id = link.audit_id.toString();
  if (link.entry !== null && entryHash(link.entry, link.seq, last.hash) === link.hash)
    return { kind: "changed", seq, audit_id, detail: `The link of entry ${audit_id} was changed.` };
  if (link.prev_hash === before && last.seq > 0n) {
    const [inserted] = await db.$queryRaw<{ audit_id: bigint }[]>`
      select audit_id from audit_link where seq = ${last.seq}`;
    return {
      kind: "inserted",
      seq: last.seq.toString(),
      audit_id: inserted?.audit_id.toString() ?? null,
      detail: `Entry ${inserted?.audit_id} was put between two that followed each other.`,
    };
  }
  const [elsewhere] = await db.$queryRaw<{ seq: bigint }[]>`
    select seq from audit_link where encode(hash, 'hex') = ${link.prev_hash} limit 1`;
  if (elsewhere)
    return {
      kind: "reordered",
      seq,
      audit_id,
      detail: `Entry ${audit_id} was chained after the one that is now at ${elsewhere.seq}.`,
    };
  return {
    kind: "removed",
    seq,
    audit_id: null,
    detail: `The entry before ${audit_id} is gone, and the places after it were numbered anew.`,
  };
}

/** The link is whole, but its entry is not the one that was chained. */
export async function explainEntry(ctx: VerifyCtx, link: Linked): Promise<ChainProblem> {
  const seq = link.seq.toString();
  const audit_id = link.audit_id.toString();
  const original = await findOriginal(ctx, link);
  if (original !== null)
    return {
      kind: "reordered",
      seq,
      audit_id,
      detail: `Entry ${audit_id} stands where entry ${original} was chained.`,
    };
  return { kind: "changed", seq, audit_id, detail: `Entry ${audit_id} was changed.` };
}

/** The id under which the entry that belongs to the link is kept now; null where it is nowhere. */
async function findOriginal({ db }: VerifyCtx, link: Linked): Promise<string | null> {
  let after = 0n;
  for (;;) {
    const rows = await db.$queryRaw<(AuditRow & { id: bigint })[]>`
      select * from audit where id > ${after} order by id limit ${PAGE}`;
    for (const row of rows) {
      // It may have been given the other's id, or the link.
      const ids = [row.id, link.audit_id];
      if (ids.some((id) => entryHash({ ...row, id }, link.seq, link.prev_hash) === link.hash))
        return row.id.toString();
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return null;
    after = last.id;
  }
}
