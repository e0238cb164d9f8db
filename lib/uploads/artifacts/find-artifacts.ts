/** What of their artifacts actors find: their own alone, since neither a path nor the id of a run is a secret. */
import { assertMay } from "#lib/access/policy.ts";
import type { Ctx } from "#lib/context.ts";
import { RegistryError } from "#lib/errors.ts";
import type { BlobReader } from "#lib/storage/contract.ts";
import { parseFilePath } from "#lib/wire/file-path.ts";
import type { UploadCtx } from "../upload-context.ts";
import { folderOfRoom, parseArtifactPath } from "./artifact-path.ts";

/** Entries of one folder, and files of one version with room to spare. */
const ENTRIES_MAX = 100_000;

export type ArtifactEntry = { path: string; is_dir: boolean; file_size?: number };
export type ArtifactFile = {
  id: bigint;
  path: string;
  sha256: string;
  sizeBytes: number;
  putAt: Date;
};
type Row = { id: bigint; path: string; digest: string; size_bytes: bigint; put_at: Date };

/** What is directly in a folder, `""` for the top, by name. */
export async function listArtifacts(ctx: Ctx, folder: string): Promise<ArtifactEntry[]> {
  assertMay(ctx, "model.read");
  const prefix = folder === "" ? "" : `${parseFilePath(folder)}/`;
  const rows = await ctx.db.$queryRaw<{ name: string; is_dir: boolean; size: bigint }[]>`
    select split_part(rest, '/', 1) as name, strpos(rest, '/') > 0 as is_dir,
      max(size_bytes)::bigint as size
    from (
      select substr(path, length(${prefix}) + 1) as rest, u.size_bytes
      from artifact as a join upload as u on u.id = a.upload_id
      where a.actor_id = ${ctx.actor.id} and a.path ^@ ${prefix}
        and u.digest is not null and u.expires_at > now()
    ) as below
    group by 1, 2 order by 1 limit ${ENTRIES_MAX}`;
  return rows.map(({ name, is_dir, size }) =>
    is_dir ? { path: name, is_dir } : { path: name, is_dir, file_size: Number(size) },
  );
}

/** Throws `file_not_found`, `invalid_path`. */
export async function openArtifact(
  ctx: UploadCtx,
  text: string,
): Promise<ArtifactFile & { open: () => Promise<BlobReader> }> {
  assertMay(ctx, "model.read");
  const path = parseFilePath(text);
  const [row] = await ctx.db.$queryRaw<Row[]>`
    select a.id, a.path, u.digest, u.size_bytes, a.put_at
    from artifact as a join upload as u on u.id = a.upload_id
    where a.actor_id = ${ctx.actor.id} and a.path = ${path}
      and u.digest is not null and u.expires_at > now()`;
  if (row === undefined) throw new RegistryError("file_not_found", `There is no file at ${path}.`);
  const file = toFile(row);
  return { ...file, open: () => ctx.blobs.openReader(file.sha256, file.sizeBytes) };
}

/** The files below a folder; their paths are those in it. */
export async function findBelow(ctx: Ctx, folder: string): Promise<ArtifactFile[]> {
  const prefix = `${parseFilePath(folder.replace(/\/+$/, ""))}/`;
  const rows = await ctx.db.$queryRaw<Row[]>`
    select a.id, a.path, u.digest, u.size_bytes, a.put_at
    from artifact as a join upload as u on u.id = a.upload_id
    where a.actor_id = ${ctx.actor.id} and a.path ^@ ${prefix}
      and u.digest is not null and u.expires_at > now()
    order by a.path collate "C" limit ${ENTRIES_MAX}`;
  return rows.map((row) => ({ ...toFile(row), path: row.path.slice(prefix.length) }));
}

/** The newest folder with files of a run or a logged model, without the slash behind it; null where there is none. */
export async function findRoom(ctx: Ctx, room: string): Promise<string | null> {
  const newest = await ctx.db.artifact.findFirst({
    where: { actorId: ctx.actor.id, room },
    orderBy: { putAt: "desc" },
    select: { path: true },
  });
  const folder = newest && folderOfRoom(newest.path, room);
  return folder ? folder.slice(0, -1) : null;
}

/** Removes a file, or everything below a folder; versions keep what they have. Throws `file_not_found`. */
export async function removeArtifacts(ctx: Ctx, text: string): Promise<void> {
  assertMay(ctx, "version.register");
  const path = parseArtifactPath(text);
  const count = await ctx.db.$executeRaw`
    delete from artifact
    where actor_id = ${ctx.actor.id} and (path = ${path} or path ^@ ${`${path}/`})`;
  if (count === 0) throw new RegistryError("file_not_found", `There is no file at ${path}.`);
}

function toFile({ id, path, digest, size_bytes, put_at }: Row): ArtifactFile {
  return { id, path, sha256: digest, sizeBytes: Number(size_bytes), putAt: put_at };
}
