/**
 * A TensorFlow SavedModel is a folder, so people send it as an archive. Such an archive becomes its files;
 * any other archive (and every format that happens to be a zip, such as .pth or .keras) stays as it is.
 */

import { isRegistryError } from "#lib/errors.ts";
import {
  type ArchiveKind,
  detectArchive,
  listArchiveNames,
  unpackArchive,
} from "#lib/formats/archives/unpack.ts";
import { parseFilePath } from "#lib/wire/file-path.ts";
import type { ModelCtx } from "./model-context.ts";
import { type StagedFile, withSources } from "./staged-file.ts";

const SAVED_MODEL = /(^|\/)saved_model\.pb$/;

/**
 * The files of the version. Every writer that is made here is added to `staged`, whose owner discards those that were
 * not published. Throws `unsafe_archive`, `invalid_model_file` and the storage's errors.
 */
export async function expandArchive(ctx: ModelCtx, staged: StagedFile[]): Promise<StagedFile[]> {
  const [archive, ...others] = staged;
  if (archive === undefined || others.length > 0) return staged;
  return withSources(ctx.blobs, [archive], async ([opened]) => {
    if (opened === undefined) return [archive];
    const { source } = opened;
    const kind = await detectArchive(source);
    if (kind === null) return [archive];
    const caps = {
      maxFiles: ctx.config.storage.maxFilesPerVersion,
      maxBytes: ctx.config.storage.maxUploadSizeBytes,
    };
    if (!(await mayHoldSavedModel(source, kind))) return [archive];
    const unpacked: StagedFile[] = [];
    for await (const file of unpackArchive(source, kind, caps)) {
      const writer = await ctx.storage.createWriter();
      const entry: StagedFile = {
        path: parseFilePath(file.path),
        sha256: "",
        sizeBytes: 0,
        writer,
      };
      staged.push(entry);
      for await (const chunk of file.bytes) await writer.write(chunk);
      Object.assign(entry, await writer.finish());
      unpacked.push(entry);
    }
    const paths = unpacked.map(({ path }) => path);
    return paths.some((path) => SAVED_MODEL.test(path)) ? withoutCommonFolder(unpacked) : [archive];
  });
}

/** Asked before anything is written, so that another archive is not unpacked for nothing. */
async function mayHoldSavedModel(
  source: Parameters<typeof listArchiveNames>[0],
  kind: ArchiveKind,
): Promise<boolean> {
  try {
    const names = await listArchiveNames(source, kind);
    return names === null || names.some((name) => SAVED_MODEL.test(name));
  } catch (error) {
    // Many formats are zips. The reader of the facts says which of them a damaged one was meant to be.
    if (kind === "zip" && isRegistryError(error) && error.code === "invalid_model_file")
      return false;
    throw error;
  }
}

/** `my_model/saved_model.pb` -> `saved_model.pb`, when everything is in that one folder. */
function withoutCommonFolder(files: StagedFile[]): StagedFile[] {
  const folder = files[0]?.path.split("/")[0];
  const isCommon = files.every(({ path }) => path.startsWith(`${folder}/`));
  if (!isCommon || folder === undefined) return files;
  for (const file of files) file.path = file.path.slice(folder.length + 1);
  return files;
}
