import { browserConnection } from "./connection.ts";
import type { KeptUpload, KeptUploads } from "./kept-uploads.ts";
import { openKeptUploads } from "./kept-uploads-db.ts";
import { retryingSend } from "./retrying-send.ts";
import { sendByXhr } from "./send-by-xhr.ts";
import { Slots } from "./slots.ts";
import { UploadsApi } from "./uploads-api.ts";

/** A kept upload with what the server has of it. */
export type UnfinishedUpload = KeptUpload & { sentBytes: number };

/** Nobody reads a longer list; other uploads are checked when their files are chosen. */
const CHECKED_MAX = 200;
const CHECKED_AT_ONCE = 4;

export const send = retryingSend(sendByXhr, browserConnection);
export const uploadsApi = new UploadsApi(send);

let opening: Promise<KeptUploads> | null = null;
/** One memory for the whole page. */
export function keptUploads(): Promise<KeptUploads> {
  opening ??= openKeptUploads();
  return opening;
}

/** The uploads that this form has begun and the server still has; expired ones are forgotten. */
export async function listUnfinished(
  form: string,
  signal: AbortSignal,
): Promise<UnfinishedUpload[]> {
  if (await isUploadingElsewhere(form)) return [];
  const kept = await keptUploads();
  const uploads = await kept.list(form);
  const slots = new Slots(CHECKED_AT_ONCE);
  const checked = await Promise.all(
    uploads.slice(0, CHECKED_MAX).map((upload) =>
      slots.run(signal, async () => {
        const wire = await uploadsApi.find(upload.id, { signal });
        if (wire === null) await kept.forget(upload.id);
        const sentBytes = (wire?.received.length ?? 0) * upload.partSizeBytes;
        return wire && { ...upload, sentBytes: Math.min(sentBytes, upload.sizeBytes) };
      }),
    ),
  );
  return checked.filter((upload) => upload !== null);
}

export async function discardUnfinished(uploads: readonly KeptUpload[]): Promise<void> {
  const kept = await keptUploads();
  const { signal } = new AbortController();
  const slots = new Slots(CHECKED_AT_ONCE);
  await Promise.all(
    uploads.map(({ id }) =>
      slots.run(signal, async () => {
        await uploadsApi.remove(id, { signal });
        await kept.forget(id);
      }),
    ),
  );
}

const lockName = (form: string) => `uploading:${form}`;

/**
 * While `work` runs, other tabs leave this form's uploads alone. Plain http has no locks, and other tabs do not know
 * of them there.
 */
export function whileUploading<T>(form: string, work: () => Promise<T>): Promise<T> {
  if (!navigator.locks) return work();
  return navigator.locks.request(lockName(form), { mode: "shared" }, work) as Promise<T>;
}

async function isUploadingElsewhere(form: string): Promise<boolean> {
  const held = (await navigator.locks?.query())?.held ?? [];
  return held.some(({ name }) => name === lockName(form));
}
