import type pg from "pg";
import { checkpointDocument } from "#lib/audit/write-checkpoint.ts";
import { inParallel } from "#lib/in-parallel.ts";
import type { StorageDriver } from "#lib/storage/contract.ts";
import { checkpointKey } from "#lib/storage/layout.ts";

const LANES = 16;

type Row = {
  seq: string;
  hash: string;
  at: Date;
  key_id: string;
  public_key: string;
  signature: Buffer;
};

/** The storage has a copy of each checkpoint of the audit log, and a restored one has none yet. */
export async function copyCheckpoints(
  client: pg.ClientBase,
  storage: StorageDriver,
): Promise<void> {
  const { rows: found } = await client.query("select to_regclass('audit_checkpoint') as name");
  // A backup of a release that had no chain.
  if (found[0]?.name === null) return;
  const { rows } = await client.query<Row>(
    `select seq::text, encode(hash, 'hex') as hash, at, key_id, public_key, signature
     from audit_checkpoint join audit_key on audit_key.id = key_id`,
  );
  await inParallel(LANES, rows, async ({ public_key, signature, at, ...named }) => {
    const statement = { ...named, at: at.toISOString() };
    const document = checkpointDocument(statement, public_key, signature);
    await storage.putDocument(checkpointKey(BigInt(named.seq), named.hash), document);
  });
}
