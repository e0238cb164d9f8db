/** The verdict on one version, made anew from its stored bytes by the rules of this server. */
import { recordChange } from "#lib/audit/record-change.ts";
import { databaseNow } from "#lib/db/database-clock.ts";
import type { TransactionClient } from "#lib/db/transaction.ts";
import { isRegistryError } from "#lib/errors.ts";
import type { FactsPool } from "#lib/inspection/facts-pool.ts";
import { RULES_VERSION } from "#lib/scan/rules-version.ts";
import { finding, isWorse, type SettledVerdict } from "#lib/scan/verdict.ts";
import type { VerdictName } from "#lib/wire/words.ts";
import { followVerdicts } from "../follow-verdicts.ts";
import { inModelTransaction } from "../in-model-transaction.ts";
import type { ModelCtx } from "../model-context.ts";
import { queueRecords } from "../queue-records.ts";
import type { FindingWire } from "../schema.ts";
import { withSources } from "../staged-file.ts";
import { refreshModelFacts } from "../store.ts";

/** `gone`: it was deleted for good meanwhile. */
export type Rescanned = "same" | "worse" | "better" | "gone";

/** Of the files whose verdict has changed, in the audit entry. */
const TOLD_FILES_MAX = 20;

type Scan = {
  verdict: SettledVerdict;
  findings: FindingWire[];
  files: Map<string, SettledVerdict>;
};

/**
 * Stores what the rules of today say of a version and of each of its files. Nothing else of it changes: framework, tensors and digest
 * are what was registered. A changed verdict is audited and announced, and its alert opens or ends. Throws what reading the
 * bytes throws; then the version stays as it was.
 */
export async function rescanVersion(
  ctx: ModelCtx,
  { id, facts, signal }: { id: bigint; facts: FactsPool; signal: AbortSignal },
): Promise<Rescanned> {
  const version = await ctx.db.version.findUnique({
    where: { id },
    select: {
      purgedAt: true,
      model: { select: { name: true } },
      files: { orderBy: { position: "asc" } },
    },
  });
  if (version === null || version.purgedAt !== null) return "gone";
  const scan = await readScan(ctx, version.files, facts);
  // A process that was ended with the server has left no verdict.
  signal.throwIfAborted();
  const outcome = await inModelTransaction(ctx, version.model.name, (tx) =>
    keepScan(tx, ctx, id, scan),
  );
  if (outcome === "worse" || outcome === "better") ctx.counts.forget();
  return outcome;
}

type StoredFile = { path: string; digest: string; sizeBytes: bigint };

async function readScan(
  ctx: ModelCtx,
  files: readonly StoredFile[],
  pool: FactsPool,
): Promise<Scan> {
  const stored = files.map(({ path, digest, sizeBytes }) => ({
    path,
    sha256: digest,
    sizeBytes: Number(sizeBytes),
    writer: null,
  }));
  try {
    const facts = await withSources(ctx.blobs, stored, (sources) => pool.read(sources));
    const verdicts = facts.files.map(
      ({ path, verdict }) => [path, verdict as SettledVerdict] as const,
    );
    return {
      verdict: facts.scan.verdict as SettledVerdict,
      findings: facts.scan.findings,
      files: new Map(verdicts),
    };
  } catch (error) {
    // Such bytes were let in by older readers. Today they would not be registered, so nothing lets them out.
    if (!isRegistryError(error) || !REFUSED.has(error.code)) throw error;
    return {
      verdict: "unscannable",
      findings: [finding("unscannable", error.code, error.detail, files[0]?.path ?? "")],
      files: new Map(),
    };
  }
}

const REFUSED: ReadonlySet<string> = new Set(["invalid_model_file", "empty_file"]);

async function keepScan(
  tx: TransactionClient,
  ctx: ModelCtx,
  id: bigint,
  scan: Scan,
): Promise<Rescanned> {
  // The model's row first, as in every change of a model.
  await tx.$queryRaw`
    select 1 from model where id = (select model_id from version where id = ${id}) for update`;
  const version = await tx.version.findUnique({
    where: { id },
    include: { model: true, files: { orderBy: { position: "asc" } } },
  });
  if (version === null || version.purgedAt !== null) return "gone";
  const { model } = version;
  const files = version.files.map(({ path, verdict }) => ({
    path,
    before: verdict as VerdictName,
    after: scan.files.get(path) ?? scan.verdict,
  }));
  const changed = files.filter(({ before, after }) => before !== after);
  const before = version.verdict as VerdictName;
  const isChanged = before !== scan.verdict || changed.length > 0;
  const scannedAt = await databaseNow(tx);
  await tx.version.update({
    where: { id },
    data: {
      verdict: scan.verdict,
      findings: scan.findings,
      scannedAt,
      rulesVersion: RULES_VERSION,
      ...(isChanged ? { updatedAt: ctx.now() } : {}),
    },
  });
  if (!isChanged) return "same";
  await keepFileVerdicts(tx, id, changed);
  // The model itself is as it was.
  if (before !== scan.verdict) await refreshModelFacts(tx, model.id, model.updatedAt);
  await recordChange(tx, ctx, {
    action: "version.rescanned",
    model: model.name,
    version: version.version,
    detail: {
      before,
      after: scan.verdict,
      rules_version: RULES_VERSION,
      files_changed: changed.length,
      files: changed.slice(0, TOLD_FILES_MAX),
    },
  });
  await followVerdicts(tx, ctx, model);
  await queueRecords(tx, model, id);
  const verdicts = [{ before, after: scan.verdict }, ...changed];
  return verdicts.some((one) => isWorse(one.after, one.before)) ? "worse" : "better";
}

async function keepFileVerdicts(
  tx: TransactionClient,
  versionId: bigint,
  changed: readonly { path: string; after: string }[],
): Promise<void> {
  await tx.$executeRaw`
    update file set verdict = t.after
    from jsonb_to_recordset(${JSON.stringify(changed)}::jsonb) as t(path text, after text)
    where version_id = ${versionId} and file.path = t.path`;
}
