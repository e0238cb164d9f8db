import type { Outcome } from "#lib/operations/carry-out-operation.ts";
import type { BackupCtx } from "./backup-context.ts";
import { keepVerification } from "./keep-verification.ts";
import { parseVerificationSubject } from "./verification-subject.ts";
import { SHARES } from "./verify-backup.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const SAVE_EVERY_MS = 1000;

type Tools = {
  signal: AbortSignal;
  save: (progress: { blobs: number; bytes: number }) => Promise<void>;
};

/** Reads a backup again, whole or another share each day, and keeps what was found. */
export async function runVerification(
  ctx: BackupCtx,
  subject: string | null,
  { signal, save }: Tools,
): Promise<Outcome> {
  const { id, isFull } = parseVerificationSubject(subject);
  let savedAt = performance.now();
  const { blobs, bytes, problems } = await keepVerification(ctx, {
    ...{ id, signal },
    share: isFull ? null : Math.floor(ctx.now().getTime() / DAY_MS) % SHARES,
    async onProgress({ blobs, bytes }) {
      if (performance.now() - savedAt < SAVE_EVERY_MS) return;
      savedAt = performance.now();
      await save({ blobs, bytes });
    },
  });
  const progress = { blobs, bytes, problems: problems.length };
  return problems.length === 0 ? { progress } : { progress, error: problems.join(" ") };
}
