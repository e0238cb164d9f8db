/** The signed checkpoints of the database and of the storage, to compare a chain with. */
import { z } from "zod";
import type { StorageDriver } from "#lib/storage/contract.ts";
import { AUDIT_FOLDER, checkpointKey, parseCheckpointKey } from "#lib/storage/layout.ts";
import { isSignedBy, listAuditKeys, type PublicKey, type Statement } from "./audit-keys.ts";
import type { VerifyCtx } from "./linked-entry.ts";
import type { ChainProblem } from "./schema.ts";

const documentSchema = z.object({
  seq: z.string(),
  hash: z.string(),
  at: z.string(),
  key_id: z.string(),
  public_key: z.string(),
  signature: z.base64(),
});

export class Checkpoints {
  /** The hash that is stated for a place. */
  readonly #stated = new Map<bigint, string>();
  #highest = 0n;
  /** The first that is not rightly signed, or kept in one place only. */
  problem: ChainProblem | null = null;

  get count(): number {
    return this.#stated.size;
  }

  static async read({ db, storage }: VerifyCtx): Promise<Checkpoints> {
    const checkpoints = new Checkpoints();
    const keys = await listAuditKeys(db);
    const copies = new Set<string>();
    for await (const key of storage.list(AUDIT_FOLDER)) copies.add(key);
    for (const row of await db.auditCheckpoint.findMany({ orderBy: { seq: "asc" } })) {
      const hash = Buffer.from(row.hash).toString("hex");
      const seq = row.seq.toString();
      const statement = { seq, hash, at: row.at.toISOString(), key_id: row.keyId };
      checkpoints.#add(row.seq, hash, isRight(statement, row.signature, keys));
      if (!copies.delete(checkpointKey(row.seq, hash)))
        checkpoints.problem ??= problemAt(row.seq, "The storage has no copy of this checkpoint.");
    }
    // What is left the database does not know.
    for (const key of [...copies].sort()) {
      const named = parseCheckpointKey(key);
      if (named === null) continue;
      const isSigned = await isRightCopy(storage, key, named, keys);
      checkpoints.#add(named.seq, named.hash, isSigned);
    }
    return checkpoints;
  }

  /** The chain has this hash at this place. */
  compare(seq: bigint, hash: string): ChainProblem | null {
    const stated = this.#stated.get(seq);
    if (stated === undefined || stated === hash) return null;
    return {
      kind: "rewritten",
      seq: seq.toString(),
      audit_id: null,
      detail: `A signed checkpoint states another hash for place ${seq}: entries up to there were changed, and the chain after them was made anew.`,
    };
  }

  /** A checkpoint states more than the chain has. */
  beyond(last: bigint): ChainProblem | null {
    if (this.#highest <= last) return null;
    return {
      kind: "removed",
      seq: (last + 1n).toString(),
      audit_id: null,
      detail: `The chain ends at ${last}, but a signed checkpoint states that it had reached ${this.#highest}.`,
    };
  }

  #add(seq: bigint, hash: string, isSigned: boolean): void {
    if (!isSigned) {
      this.problem ??= problemAt(seq, "This checkpoint is not signed by a key of this registry.");
      return;
    }
    const known = this.#stated.get(seq);
    if (known !== undefined && known !== hash)
      this.problem ??= problemAt(seq, "Two signed checkpoints state different hashes.");
    this.#stated.set(seq, hash);
    if (seq > this.#highest) this.#highest = seq;
  }
}

function isRight(statement: Statement, signature: Uint8Array, keys: PublicKey[]): boolean {
  const key = keys.find(({ id }) => id === statement.key_id);
  return key !== undefined && isSignedBy(statement, signature, key);
}

async function isRightCopy(
  storage: StorageDriver,
  key: string,
  named: { seq: bigint; hash: string },
  keys: PublicKey[],
): Promise<boolean> {
  const content = Buffer.from(await storage.getDocument(key)).toString();
  const parsed = documentSchema.safeParse(parse(content));
  if (!parsed.success) return false;
  const { seq, hash, at, key_id, signature } = parsed.data;
  const isNamed = seq === named.seq.toString() && hash === named.hash;
  return isNamed && isRight({ seq, hash, at, key_id }, Buffer.from(signature, "base64"), keys);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function problemAt(seq: bigint, detail: string): ChainProblem {
  return { kind: "checkpoint", seq: seq.toString(), audit_id: null, detail };
}
