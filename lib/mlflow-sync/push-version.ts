import { RegistryError } from "#lib/errors.ts";
import { type DownloadFile, openVersionFiles } from "#lib/models/open-files.ts";
import type { BlobReader } from "#lib/storage/contract.ts";
import { type Link, linkVersion } from "./links.ts";
import type { OurVersion } from "./our-models.ts";
import { OWN_TAGS, PUSH_TAG, pushKey, type SyncRun } from "./sync-run.ts";
import { TheirError } from "./their-error.ts";
import { folderIn, listTheirFiles, putTheirFile } from "./their-files.ts";
import { openPlace, type Place } from "./their-runs.ts";

const STEP_BYTES = 1024 * 1024;

/**
 * Takes a version there: its files into the server's artifact store, those aside that an interrupted run has put there, then the
 * version itself. Only what every download would get leaves the registry. Throws TheirError, and what a download throws.
 */
export async function pushVersion(
  run: SyncRun,
  link: Link,
  { slug, ours }: { slug: string; ours: OurVersion },
): Promise<number> {
  const { ctx, server, report, signal } = run;
  const files = await filesToPush(run, { slug, ours });
  const key = pushKey(run, ours.digest);
  const place = await openPlace(server, { key, title: `${link.name} ${ours.version}` });
  const folder = folderIn(server.baseUrl, place.uri);
  if (folder === null)
    throw new TheirError("rejected", "Its artifact store takes no files by the server itself.");
  const there = await sizesThere(run, folder);
  for (const file of files) {
    signal.throwIfAborted();
    if (there.get(file.path) === file.sizeBytes) continue;
    await putFile(run, folder, file);
    await report.saveSometimes();
  }
  const number = await createThere(run, link.name, { ours, place });
  await linkVersion(ctx, link, { theirs: number, ours: ours.number });
  return number;
}

/**
 * Throws what a download throws, `version_quarantined` also where a part of the files alone is served, and `invalid_request` where
 * they are not here.
 */
export async function filesToPush(
  { ctx }: SyncRun,
  { slug, ours }: { slug: string; ours: OurVersion },
): Promise<DownloadFile[]> {
  if (ours.location !== null)
    throw new RegistryError(
      "invalid_request",
      `Its files are not here, so they cannot be sent: ${ours.location.slice(0, 200)}`,
    );
  const asked = { name: slug, ref: ours.version, acceptRisk: false };
  const { files, withheld } = await openVersionFiles(ctx, asked);
  if (withheld.length === 0) return files;
  throw new RegistryError(
    "version_quarantined",
    `The scan withholds ${withheld.length} of its files, so it stays here.`,
  );
}

async function sizesThere(
  { ctx, server }: SyncRun,
  folder: string,
): Promise<Map<string, number | null>> {
  const max = ctx.config.storage.maxFilesPerVersion;
  const files = await listTheirFiles(server, folder, max).catch((error) => {
    if (error instanceof TheirError && error.problem === "not_found") return [];
    throw error;
  });
  return new Map(files.map(({ path, sizeBytes }) => [path, sizeBytes]));
}

async function putFile({ server, report }: SyncRun, folder: string, file: DownloadFile) {
  const { path, sizeBytes } = file;
  const open = async function* () {
    const reader = await file.open();
    try {
      for await (const bytes of readAll(reader)) {
        report.counts.bytes_out += bytes.length;
        yield bytes;
      }
      await reader.prove?.();
    } finally {
      await reader.close();
    }
  };
  await putTheirFile(server, folder, { path, sizeBytes, open });
}

async function createThere(
  run: SyncRun,
  name: string,
  { ours, place }: { ours: OurVersion; place: Place },
): Promise<number> {
  const answer = (await run.server.change("POST", "/api/2.0/mlflow/model-versions/create", {
    name,
    source: place.uri,
    ...(place.runId === null ? {} : { run_id: place.runId }),
    tags: [
      { key: PUSH_TAG, value: pushKey(run, ours.digest) },
      { key: `${OWN_TAGS}version`, value: ours.version },
      { key: `${OWN_TAGS}digest`, value: `sha256:${ours.digest}` },
    ],
  })) as { model_version?: { version?: unknown } };
  const number = Number(answer.model_version?.version);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new TheirError("unreadable", "It did not say which version it has made.");
}

/** Each piece in memory of its own: the socket may still hold the one before. */
async function* readAll(reader: BlobReader): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < reader.sizeBytes; ) {
    const piece = Buffer.allocUnsafe(Math.min(STEP_BYTES, reader.sizeBytes - offset));
    const count = await reader.read(piece, offset);
    if (count === 0) return;
    offset += count;
    yield piece.subarray(0, count);
  }
}
