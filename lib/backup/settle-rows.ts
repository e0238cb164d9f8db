/** What rows of a backup say that is not true of a restored registry, put right in the transaction that loads them. */
import type pg from "pg";
import type { Manifest } from "./manifest.ts";

const INTERRUPTED = "It was under way when the backup was taken.";

export async function settleRows(client: pg.ClientBase, manifest: Manifest): Promise<void> {
  await settleBlobs(client, manifest);
  await settleOperations(client);
  await queueRecords(client);
}

/** Only blobs of versions are there, all of them raw. Those that no backup has are known to be missing. */
async function settleBlobs(client: pg.ClientBase, { missing }: Manifest): Promise<void> {
  await client.query(
    "delete from blob where not exists (select from file where file.digest = blob.digest)",
  );
  const digests = missing.map(({ sha256 }) => sha256);
  await client.query(
    `update blob set encoding = 'raw', compression = 'pending', verified_at = null,
       stored_bytes = case when digest = any($1::text[]) then 0 else size_bytes end,
       damaged_at = case when digest = any($1::text[]) then coalesce(damaged_at, now()) end`,
    [digests],
  );
  await client.query(`
    update version set stored_bytes = held.bytes
    from (
      select v.version_id, sum(b.stored_bytes)::bigint as bytes
      from (select distinct version_id, digest from file) as v join blob as b on b.digest = v.digest
      group by v.version_id
    ) as held
    where version.id = held.version_id and version.stored_bytes <> held.bytes`);
  await client.query(`
    update alert set resolved_at = now() where kind = 'blob_damaged' and resolved_at is null
      and not exists (select from blob where 'sha256:' || digest = subject and damaged_at is not null)`);
}

/** Rows of purged models go on being removed; everything else that was under way has to be asked for again. */
async function settleOperations(client: pg.ClientBase): Promise<void> {
  await client.query(
    `update operation set state = case when kind = 'purge' then 'queued' else 'failed' end,
       error = case when kind = 'purge' then error else $1 end,
       finished_at = case when kind = 'purge' then null else now() end
     where state in ('queued', 'running')`,
    [INTERRUPTED],
  );
  await client.query(`
    insert into operation (kind, actor, actor_id) select 'purge', 'system', 'system'
    where exists (select from model where purged_at is not null)
      and not exists (select from operation where kind = 'purge' and state = 'queued')`);
}

/** The records in the storage are written from the rows, as after any change. */
async function queueRecords(client: pg.ClientBase): Promise<void> {
  await client.query(`
    select count(graphile_worker.add_job('write-records',
      payload := json_build_object('name', model.name, 'model_id', model.id::text, 'version_id', version.id::text),
      job_key := 'write-records:' || model.id || ':' || coalesce(version.id::text, '')))
    from model left join lateral (
      select id from version where model_id = model.id union all select null
    ) as version on true
    where model.purged_at is null`);
}
