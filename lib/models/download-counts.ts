/** Writes down counted downloads. */
import { Prisma } from "#lib/db/generated/client.ts";
import type { TransactionClient } from "#lib/db/transaction.ts";

export type CountedDownload = {
  modelId: bigint;
  versionId: bigint;
  /** Start of the hour. */
  hour: Date;
  client: string;
  count: number;
  bytes: number;
};

/** Adds the counts to the hour, to the version and to the model; unknown ids are passed over. */
export async function writeDownloads(
  tx: TransactionClient,
  batch: readonly CountedDownload[],
): Promise<void> {
  const json = JSON.stringify(
    batch.map((entry) => ({
      model_id: entry.modelId.toString(),
      version_id: entry.versionId.toString(),
      hour: entry.hour.toISOString(),
      client: entry.client,
      count: entry.count,
      bytes: entry.bytes,
    })),
  );
  const counted = Prisma.sql`jsonb_to_recordset(${json}::jsonb) as counted
    (model_id bigint, version_id bigint, hour timestamptz, client text, count bigint, bytes bigint)`;
  // Always in the order of the ids, models before versions before counts, so that two replicas wait
  // for each other instead of locking each other out.
  await tx.$executeRaw`
    insert into model_counter (model_id, downloads)
    select model_id, sum(count)::bigint from ${counted}
    where exists (select from model where id = counted.model_id) group by model_id order by model_id
    on conflict (model_id) do update set downloads = model_counter.downloads + excluded.downloads`;
  await tx.$executeRaw`
    insert into version_counter (version_id, downloads)
    select version_id, sum(count)::bigint from ${counted}
    where exists (select from version where id = counted.version_id) group by version_id order by version_id
    on conflict (version_id) do update set downloads = version_counter.downloads + excluded.downloads`;
  await tx.$executeRaw`
    insert into download_count (version_id, hour, client, count, bytes)
    select version_id, hour, client, count, bytes from ${counted}
    where exists (select from version where version.id = counted.version_id)
    order by version_id, hour, client
    on conflict (version_id, hour, client) do update
    set count = download_count.count + excluded.count, bytes = download_count.bytes + excluded.bytes`;
}
