import { isRegistryError, RegistryError } from "#lib/errors.ts";
import { inParallel } from "#lib/in-parallel.ts";
import type { Published } from "#lib/models/publish-version.ts";
import { registerVersion } from "#lib/models/register-version.ts";
import { tagsSchema } from "#lib/models/request-schema.ts";
import { parseVersion } from "#lib/models/semantic-version.ts";
import { findBelow, removeArtifacts } from "#lib/uploads/artifacts/find-artifacts.ts";
import { putArtifact } from "#lib/uploads/artifacts/put-artifact.ts";
import { descriptionSchema } from "#lib/wire/words.ts";
import { theirVersionFields } from "./fields.ts";
import { type Link, linkVersion } from "./links.ts";
import { OWN_TAGS, type SyncRun } from "./sync-run.ts";
import { TheirError } from "./their-error.ts";
import { findFolder, findTheirFiles, openTheirFile, type TheirFile } from "./their-files.ts";
import type { TheirVersion } from "./their-models.ts";
import { foreseeTexts } from "./write-field.ts";

const LANES = 4;
const VERSION_TAG = `${OWN_TAGS}version`;

/**
 * Brings a version here: its files into the actor's own artifacts, where a run that is killed leaves them for the next one, and
 * from there through the registration that every version goes through. Throws TheirError, and what the
 * registration throws.
 */
export async function pullVersion(
  run: SyncRun,
  link: Link,
  { slug, theirs }: { slug: string; theirs: TheirVersion },
): Promise<void> {
  const { ctx } = run;
  const { folder, files } = await filesToPull(run, link.name, theirs);
  const room = `mlflow-sync/${link.id}/${theirs.version}`;
  await download(run, files, { folder, room });
  const { version } = await register(run, link, { slug, theirs, room });
  await linkVersion(ctx, link, { theirs: theirs.version, ours: version.number });
  await removeArtifacts(ctx, room);
}

/** Tells in a trial run what a run could not bring, as far as that shows without the bytes. Throws as `pullVersion`. */
export async function foreseeVersion(
  run: SyncRun,
  model: string,
  theirs: TheirVersion,
): Promise<void> {
  await filesToPull(run, model, theirs);
  const version = String(theirs.version);
  await foreseeTexts(run, { model, version }, theirVersionFields(theirs));
}

async function filesToPull(
  { ctx, server }: SyncRun,
  model: string,
  theirs: TheirVersion,
): Promise<{ folder: string; files: TheirFile[] }> {
  const path = await findFolder(server, model, theirs.version);
  if (path === null)
    throw new RegistryError(
      "invalid_request",
      `Its files are not in the server's own artifact store, so they cannot be read: ${theirs.source.slice(0, 200)}`,
    );
  const found = await findTheirFiles(server, path, ctx.config.storage.maxFilesPerVersion);
  if (found.files.length === 0) throw new TheirError("not_found", "It has no files there.");
  return found;
}

async function download(
  { ctx, server, report, signal }: SyncRun,
  files: readonly TheirFile[],
  { folder, room }: { folder: string; room: string },
): Promise<void> {
  const here = new Map((await findBelow(ctx, room)).map((file) => [file.path, file.sizeBytes]));
  await inParallel(LANES, files, async (file) => {
    signal.throwIfAborted();
    const kept = here.get(file.path);
    if (kept !== undefined && kept === file.sizeBytes) return;
    const { sizeBytes, bytes } = await openTheirFile(server, folder, file);
    const headers = sizeBytes === null ? {} : { "content-length": String(sizeBytes) };
    const body = counting(bytes, (count) => {
      report.counts.bytes_in += count;
    });
    await putArtifact(ctx, { path: `${room}/${file.path}`, headers, body }).catch((error) => {
      signal.throwIfAborted();
      // The reason why the bytes did not come says more than that they did not.
      throw error?.cause instanceof TheirError ? error.cause : error;
    });
    await report.saveSometimes();
  });
  for (const path of here.keys())
    if (!files.some((file) => file.path === path)) await removeArtifacts(ctx, `${room}/${path}`);
}

async function register(
  { ctx }: SyncRun,
  link: Link,
  { slug, theirs, room }: { slug: string; theirs: TheirVersion; room: string },
): Promise<Published> {
  const files = (await findBelow(ctx, room)).map(({ path, sha256, sizeBytes }) => ({
    ...{ path, sha256, sizeBytes },
    writer: null,
  }));
  const send = (version: string | undefined, idempotencyKey: string | null) =>
    registerVersion(ctx, {
      registration: {
        name: slug,
        ...textsOf(theirs),
        ...(version === undefined ? {} : { version }),
      },
      files,
      idempotencyKey,
      origin: {
        source: theirs.source || null,
        runId: theirs.run_id || null,
        runLink: theirs.run_link || null,
        loggedModelId: theirs.model_id || null,
        location: null,
      },
      isOfKnownModel: true,
    });
  const key = `mlflow-sync ${link.id} ${theirs.version}`;
  const wanted = versionOf(theirs);
  if (wanted !== undefined) {
    const published = await send(wanted, null).catch((error) => {
      // Their word for it is taken here by something else.
      if (isRegistryError(error) && /^version_/.test(error.code)) return null;
      throw error;
    });
    const isLinked = [...link.versions.values()].some(
      ({ ours }) => ours === published?.version.number,
    );
    if (published !== null && !isLinked) return published;
  }
  return send(undefined, key);
}

/** Texts that are refused here come later, one by one, each with the reason. */
function textsOf({ description, tags }: TheirVersion) {
  const kept = [...tags].filter(([key]) => !key.startsWith(OWN_TAGS));
  const readTags = tagsSchema.safeParse(Object.fromEntries(kept));
  const readDescription = descriptionSchema.safeParse(description);
  return {
    ...(readDescription.success ? { description: readDescription.data } : {}),
    ...(readTags.success ? { tags: readTags.data } : {}),
  };
}

/** What another registry like this one calls it. */
function versionOf({ tags }: TheirVersion): string | undefined {
  const text = tags.get(VERSION_TAG);
  if (text === undefined) return undefined;
  try {
    return parseVersion(text).text;
  } catch {
    return undefined;
  }
}

async function* counting(
  bytes: AsyncIterable<Uint8Array>,
  add: (count: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    add(chunk.length);
    yield chunk;
  }
}
