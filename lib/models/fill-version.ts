/** The bytes of a version that was registered by its source have come: it is sealed with them, once. */
import { assertMayOn } from "#lib/access/policy.ts";
import { checkQuota } from "#lib/accounts/check-quota.ts";
import { recordChange } from "#lib/audit/record-change.ts";
import { type Claims, proveClaims } from "#lib/blobs/claim-blobs.ts";
import { withCurrentActor } from "#lib/context.ts";
import type { Model, Version } from "#lib/db/generated/client.ts";
import type { TransactionClient } from "#lib/db/transaction.ts";
import { RegistryError } from "#lib/errors.ts";
import type { Signature } from "#lib/formats/contract.ts";
import { expandArchive } from "./expand-archive.ts";
import { followVerdicts, isAlarming } from "./follow-verdicts.ts";
import { inModelTransaction } from "./in-model-transaction.ts";
import { type Content, contentOf, insertContent } from "./insert-version.ts";
import type { ModelCtx } from "./model-context.ts";
import { queueRecords } from "./queue-records.ts";
import { readContent } from "./read-content.ts";
import type { Registration } from "./request-schema.ts";
import { discardFiles, publishFiles, type StagedFile } from "./staged-file.ts";
import { refreshModelFacts } from "./store.ts";

export type Fillable = { version: Version & { location: string }; model: Model };

/**
 * The version that an operation imports; null where its bytes are here already. Throws `version_not_found`, `version_in_trash`,
 * `model_not_found`, `forbidden`.
 */
export async function findFillable(
  ctx: ModelCtx,
  importId: bigint,
  tx: TransactionClient = ctx.db,
): Promise<Fillable | null> {
  const row = await tx.version.findUnique({ where: { importId }, include: { model: true } });
  if (row === null || row.purgedAt !== null)
    throw new RegistryError("version_not_found", "The version was deleted for good.");
  const { model, ...version } = row;
  const { location } = version;
  if (location === null) return null;
  assertMayOn(ctx, "version.register", model.deletedAt === null ? model : null, model.name);
  if (version.deletedAt !== null)
    throw new RegistryError(
      "version_in_trash",
      `${model.name} ${version.version} is in the trash.`,
    );
  return { version: { ...version, location }, model };
}

/**
 * Seals the version that an operation imports with staged files, which are published or discarded, whatever happens. Throws what
 * `findFillable` throws, `framework_mismatch`, `unsafe_archive`, `quota_exceeded`, and the storage's errors.
 */
export async function fillVersion(
  ctx: ModelCtx,
  { importId, files }: { importId: bigint; files: StagedFile[] },
): Promise<void> {
  const staged = [...files];
  try {
    const found = await findFillable(ctx, importId);
    if (found === null) return;
    const expanded = await expandArchive(ctx, staged);
    const content = await readContent(ctx, saidOf(found.version), expanded);
    const claims = await publishFiles(ctx, expanded);
    // Reading the bytes may have taken hours.
    const current = await withCurrentActor(ctx);
    await inModelTransaction(current, found.model.name, (tx) =>
      seal(tx, current, { importId, modelId: found.model.id, content, claims }),
    );
    ctx.counts.forget();
  } finally {
    await discardFiles(staged);
  }
}

function saidOf({ frameworkDeclared, metadata, signature, signatureGiven }: Version) {
  return {
    metadata: metadata as Record<string, unknown>,
    ...(signatureGiven ? { signature: signature as Signature } : {}),
    ...(frameworkDeclared === null
      ? {}
      : { framework: frameworkDeclared as NonNullable<Registration["framework"]> }),
  };
}

async function seal(
  tx: TransactionClient,
  ctx: ModelCtx,
  made: { importId: bigint; modelId: bigint; content: Content; claims: Claims },
): Promise<void> {
  const { content } = made;
  await tx.$queryRaw`select 1 from model where id = ${made.modelId} for update`;
  const found = await findFillable(ctx, made.importId, tx);
  if (found === null) return;
  const { model, version } = found;
  const { sizeBytes, ...columns } = contentOf(content, ctx.now());
  const bytes = Number(sizeBytes);
  await checkQuota(ctx, { bytes, model: model.name, withoutUploads: true }, tx);
  await proveClaims(tx, made.claims);
  await tx.version.update({
    where: { id: version.id },
    data: { ...columns, sizeBytes, location: null, updatedAt: ctx.now() },
  });
  await insertContent(tx, ctx, version.id, content);
  await refreshModelFacts(tx, model.id, ctx.now());
  await recordChange(tx, ctx, {
    action: "version.imported",
    model: model.name,
    version: version.version,
    detail: {
      digest: content.digest,
      verdict: content.facts.scan.verdict,
      source: version.location,
    },
  });
  if (isAlarming(content.facts.scan.verdict)) await followVerdicts(tx, ctx, model);
  await queueRecords(tx, model, version.id);
}
