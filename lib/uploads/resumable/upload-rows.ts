/** Rows of uploads and of their parts. */
import type { Ctx } from "#lib/context.ts";
import { databaseNow, millis } from "#lib/db/database-clock.ts";
import type { Upload } from "#lib/db/generated/client.ts";
import { RegistryError } from "#lib/errors.ts";
import type { UploadShape } from "#lib/storage/contract.ts";

export type UploadRow = Upload;

export function shapeOf(upload: UploadRow): UploadShape {
  return { sizeBytes: Number(upload.sizeBytes), partSizeBytes: upload.partSizeBytes };
}

/** Answers alike for somebody else's upload and one that never was. Throws `upload_not_found`. */
export async function getUpload(ctx: Ctx, id: string): Promise<UploadRow> {
  const upload = await ctx.db.upload.findFirst({
    where: { id, actorId: ctx.actor.id, expiresAt: { gt: await databaseNow(ctx.db) } },
  });
  if (upload === null) throw uploadNotFound(id);
  return upload;
}

export function uploadNotFound(id: string): RegistryError {
  return new RegistryError(
    "upload_not_found",
    `There is no upload ${id}. It may have expired; begin a new one.`,
  );
}

/** When an upload that changed at `at` (by the database's clock) is given up. */
export function expiryAfter(ctx: Ctx, at: Date): Date {
  return new Date(at.getTime() + ctx.config.uploads.expireAfterMs);
}

/** The parts that are there, in ascending order. */
export async function listReceived(ctx: Ctx, id: string): Promise<number[]> {
  const rows = await ctx.db.uploadPart.findMany({
    where: { uploadId: id },
    select: { part: true },
    orderBy: { part: "asc" },
  });
  return rows.map(({ part }) => part);
}

export async function isReceived(ctx: Ctx, id: string, part: number): Promise<boolean> {
  const row = await ctx.db.uploadPart.findUnique({
    where: { uploadId_part: { uploadId: id, part } },
  });
  return row !== null;
}

/** Records a part that is durable. False when the upload is gone or complete by now. */
export async function recordPart(ctx: Ctx, id: string, part: number): Promise<boolean> {
  const alive = await ctx.db.$executeRaw`
    with alive as (
      update upload set updated_at = now(), expires_at = now() + ${millis(ctx.config.uploads.expireAfterMs)}
      where id = ${id}::uuid and state = 'open' returning id)
    insert into upload_part (upload_id, part, received_at)
    select id, ${part}, now() from alive
    on conflict (upload_id, part) do update set received_at = excluded.received_at`;
  return alive === 1;
}

/** How many parts without a gap are there from `first` on. */
export async function countContiguous(ctx: Ctx, id: string, first: number): Promise<number> {
  const rows = await ctx.db.$queryRaw<{ count: bigint }[]>`
    select count(*) from (
      select part, row_number() over (order by part) - 1 + ${first} as expected
      from upload_part where upload_id = ${id}::uuid and part >= ${first}) as numbered
    where part = expected`;
  return Number(rows[0]?.count ?? 0n);
}
