/** Walks the whole chain and names the first entry that is not what it was when it was chained. */
import { type AuditRow, entryHash, FIRST_PREV_HASH } from "./entry-hash.ts";
import { explainEntry, explainLink } from "./explain-break.ts";
import { findStrayEntry } from "./find-stray-entry.ts";
import type { Linked, VerifyCtx } from "./linked-entry.ts";
import { Checkpoints } from "./read-checkpoints.ts";
import type { ChainProblem, ChainReport } from "./schema.ts";

/** Hashing that many takes a few milliseconds of the event loop. */
const PAGE = 250;

/** `mayWait`: entries wait for their place however long, since no server has to be running that gives it. */
type VerifyOptions = { signal?: AbortSignal; mayWait?: boolean };

/**
 * Every link follows the one before, every entry has the hash of its link, every checkpoint is signed and states what the
 * chain says, and no entry is beside the chain. The first problem ends it.
 */
export async function verifyChain(
  ctx: VerifyCtx,
  { signal, mayWait = false }: VerifyOptions = {},
): Promise<ChainReport> {
  const checkpoints = await Checkpoints.read(ctx);
  let last = { seq: 0n, hash: FIRST_PREV_HASH };
  let before = FIRST_PREV_HASH;
  const report = async (problem: ChainProblem | null): Promise<ChainReport> => ({
    entries: Number(last.seq),
    hash: last.hash,
    checkpoints: checkpoints.count,
    waiting: await ctx.db.auditUnchained.count(),
    problem,
  });
  for (;;) {
    signal?.throwIfAborted();
    const links = await readLinks(ctx, last.seq);
    for (const link of links) {
      const problem =
        (await checkLink(ctx, link, { last, before })) ?? checkpoints.compare(link.seq, link.hash);
      if (problem !== null) return report(problem);
      before = last.hash;
      last = { seq: link.seq, hash: link.hash };
    }
    if (links.length < PAGE) break;
  }
  return report(
    checkpoints.beyond(last.seq) ?? checkpoints.problem ?? (await findStrayEntry(ctx, { mayWait })),
  );
}

async function checkLink(
  ctx: VerifyCtx,
  link: Linked,
  { last, before }: { last: { seq: bigint; hash: string }; before: string },
): Promise<ChainProblem | null> {
  const seq = last.seq + 1n;
  if (link.seq !== seq)
    return {
      kind: "removed",
      seq: seq.toString(),
      audit_id: null,
      detail: `The chain goes from ${last.seq} to ${link.seq}: the entries between are gone.`,
    };
  if (link.prev_hash !== last.hash) return explainLink(ctx, link, { last, before });
  if (link.entry === null)
    return {
      kind: "removed",
      seq: seq.toString(),
      audit_id: link.audit_id.toString(),
      detail: `Entry ${link.audit_id} is gone.`,
    };
  if (entryHash(link.entry, seq, last.hash) === link.hash) return null;
  return explainEntry(ctx, link);
}

type Row = Omit<AuditRow, "id"> & { id: bigint | null } & Omit<Linked, "entry">;

async function readLinks({ db }: VerifyCtx, after: bigint): Promise<Linked[]> {
  const rows = await db.$queryRaw<Row[]>`
    select link.seq, link.audit_id, encode(link.prev_hash, 'hex') as prev_hash,
      encode(link.hash, 'hex') as hash, audit.*
    from (select * from audit_link where seq > ${after} order by seq limit ${PAGE}) as link
    left join audit on audit.id = link.audit_id order by link.seq`;
  return rows.map(({ seq, audit_id, prev_hash, hash, id, ...entry }) => ({
    seq,
    audit_id,
    prev_hash,
    hash,
    entry: id === null ? null : { ...entry, id },
  }));
}
