/** The transaction that makes a version exist: everything it says is stored before it commits. */

import { checkQuota } from "#lib/accounts/check-quota.ts";
import { type Change, recordChanges } from "#lib/audit/record-change.ts";
import { type Claims, proveClaims } from "#lib/blobs/claim-blobs.ts";
import type { TransactionClient } from "#lib/db/transaction.ts";
import { RegistryError } from "#lib/errors.ts";
import { findNextVersion } from "./find-next-version.ts";
import { followVerdicts, isAlarming } from "./follow-verdicts.ts";
import { getVersionById } from "./hot-statements.ts";
import { findReplay, rememberAnswer } from "./idempotency.ts";
import { insertVersion } from "./insert-version.ts";
import { type LockedModel, lockOrCreateModel } from "./lock-or-create-model.ts";
import type { ModelCtx } from "./model-context.ts";
import type { Publication } from "./publication.ts";
import { queueRecords } from "./queue-records.ts";
import type { VersionWire } from "./schema.ts";
import { type ParsedVersion, parseVersion } from "./semantic-version.ts";
import { addToModelFacts } from "./store.ts";

/** `created` is false when this very version was there before and nothing changed. */
export type Published = { created: boolean; version: VersionWire };

export type Publishing = {
  publication: Publication;
  /** Claims on the blobs that the version refers to. */
  claims: Claims;
};

/**
 * Throws `model_in_trash`, `version_exists`, `version_in_trash`, `version_purged`, `idempotency_conflict`, and
 * `unavailable` when a blob was freed meanwhile.
 */
export async function publishVersion(
  tx: TransactionClient,
  ctx: ModelCtx,
  { publication, claims }: Publishing,
): Promise<Published> {
  const replay = await findReplay(tx, ctx, publication);
  if (replay !== null) return { created: false, version: await getVersionById(tx, replay) };

  const { registration } = publication;
  const { model, isNew } = await lockOrCreateModel(tx, ctx, registration);
  if (isNew && publication.isOfKnownModel)
    throw new RegistryError("model_not_found", `There is no model named ${registration.name}.`);
  const target = await chooseVersion(tx, model, publication);
  if ("existing" in target)
    return { created: false, version: await getVersionById(tx, target.existing) };
  const { parsed } = target;
  const bytes = publication.manifest.files.reduce((sum, file) => sum + file.size_bytes, 0);
  await checkQuota(ctx, { bytes, model: model.name, withoutUploads: true }, tx);
  const number = model.nextNumber;
  const createdAt = ctx.now();
  await proveClaims(tx, claims);
  const id = await insertVersion(tx, ctx, {
    model,
    number,
    parsed,
    createdAt,
    createdBy: ctx.actor,
    publication,
  });
  await addToModelFacts(tx, model.id, { id, number, at: createdAt });
  const registered: Change = {
    action: "version.registered",
    model: model.name,
    version: parsed.text,
    detail: { digest: publication.digest, verdict: publication.facts.scan.verdict },
  };
  const created: Change = { action: "model.created", model: model.name };
  await recordChanges(tx, ctx, isNew ? [created, registered] : [registered]);
  if (isAlarming(publication.facts.scan.verdict)) await followVerdicts(tx, ctx, model);
  const answer = { modelName: model.name, version: parsed.text, versionId: id };
  await rememberAnswer(tx, ctx, publication, answer);
  await queueRecords(tx, model, id);
  return { created: true, version: await getVersionById(tx, id) };
}

/** The version to make, or the one that is there already with identical content. */
async function chooseVersion(
  tx: TransactionClient,
  model: LockedModel,
  { registration, digest }: Publication,
): Promise<{ parsed: ParsedVersion } | { existing: bigint }> {
  if (registration.version === undefined) {
    const text = await findNextVersion(tx, model, registration.bump ?? "patch");
    return { parsed: parseVersion(text) };
  }
  const parsed = parseVersion(registration.version);
  const existing = await tx.version.findUnique({
    where: { modelId_version: { modelId: model.id, version: parsed.text } },
    select: { id: true, digest: true, deletedAt: true, purgedAt: true },
  });
  if (existing === null) return { parsed };
  const name = `${model.name} ${parsed.text}`;
  if (existing.purgedAt !== null) {
    throw new RegistryError(
      "version_purged",
      `${name} was deleted for good, and a version never comes to mean other bytes: use another version.`,
      { problems: [{ pointer: "/version", detail: "was deleted for good" }] },
    );
  }
  if (existing.deletedAt !== null) {
    throw new RegistryError(
      "version_in_trash",
      `${name} is in the trash: restore it, or use another version.`,
      {
        problems: [{ pointer: "/version", detail: "is in the trash" }],
      },
    );
  }
  if (existing.digest === digest) return { existing: existing.id };
  throw new RegistryError(
    "version_exists",
    `${name} exists with other content, and versions never change: use another version, or leave it out.`,
    { problems: [{ pointer: "/version", detail: "exists with other content" }] },
  );
}
