/** The transaction that makes a version exist: everything it says is stored before it commits. */
import { recordChange } from "../audit/record-change.ts";
import type { Ctx } from "../context.ts";
import type { Model } from "../db/generated/client.ts";
import type { TransactionClient } from "../db/transaction.ts";
import { RegistryError } from "../errors.ts";
import type { VersionFacts } from "../inspection/version-facts.ts";
import { manifestKey } from "../storage/layout.ts";
import { findReplay, rememberAnswer } from "./idempotency.ts";
import { insertVersion } from "./insert-version.ts";
import type { Manifest, ManifestDocument } from "./manifest.ts";
import type { Registration } from "./request-schema.ts";
import type { VersionWire } from "./schema.ts";
import { nextFreeVersion, type ParsedVersion, parseVersion } from "./semantic-version.ts";
import { listTakenVersions, nameKey, refreshModelFacts, withFiles } from "./store.ts";
import { versionToWire } from "./wire.ts";

export type Publication = {
  registration: Registration;
  manifest: Manifest;
  /** Hex SHA-256 of the manifest. */
  digest: string;
  facts: VersionFacts;
  idempotencyKey: string | null;
};

/** `created` false: this very version was there before, nothing changed. */
export type Published = { created: boolean; version: VersionWire };

/**
 * Throws `model_in_trash`, `version_exists`, `version_in_trash`, `idempotency_conflict`. The manifest
 * is written last, while the model is locked: only a commit that fails leaves one without a version, and
 * the next registration of that version replaces it.
 */
export async function publishVersion(
  tx: TransactionClient,
  ctx: Ctx,
  publication: Publication,
): Promise<Published> {
  const replay = await findReplay(tx, ctx, publication);
  if (replay)
    return { created: false, version: await loadVersion(tx, replay.modelName, replay.version) };

  const { registration } = publication;
  const { model, isNew } = await lockOrCreateModel(tx, ctx, registration);
  const target = await chooseVersion(tx, model, publication);
  if ("existing" in target) {
    return { created: false, version: await loadVersion(tx, model.name, target.existing) };
  }
  const { parsed } = target;
  const number = model.nextNumber;
  const createdAt = ctx.now();
  await insertVersion(tx, ctx, { model, number, parsed, createdAt, publication });
  await tx.model.update({ where: { id: model.id }, data: { nextNumber: number + 1 } });
  await refreshModelFacts(tx, model.id, createdAt);
  if (isNew) await recordChange(tx, ctx, { action: "model.created", model: model.name });
  await recordChange(tx, ctx, {
    action: "version.registered",
    model: model.name,
    version: parsed.text,
    detail: { digest: publication.digest, verdict: publication.facts.scan.verdict },
  });
  await rememberAnswer(tx, ctx, publication, { modelName: model.name, version: parsed.text });
  const version = await loadVersion(tx, model.name, parsed.text);
  await writeManifest(ctx, model, { number, version: parsed.text, createdAt }, publication);
  return { created: true, version };
}

async function lockOrCreateModel(
  tx: TransactionClient,
  ctx: Ctx,
  registration: Registration,
): Promise<{ model: Model; isNew: boolean }> {
  const key = nameKey(registration.name);
  const tags = JSON.stringify(registration.tags ?? {});
  const now = ctx.now();
  // Two first registrations at once: the second waits here and then finds the first one's row.
  const inserted = await tx.$executeRaw`
    insert into model (name, name_key, description, owner, tags, created_at, created_by, updated_at)
    values (${registration.name}, ${key}, ${registration.description ?? ""}, ${ctx.actor.name},
            ${tags}::jsonb, ${now}, ${ctx.actor.name}, ${now})
    on conflict (name_key) do nothing`;
  await tx.$queryRaw`select id from model where name_key = ${key} for update`;
  const model = await tx.model.findUniqueOrThrow({ where: { nameKey: key } });
  if (model.deletedAt !== null) {
    throw new RegistryError(
      "model_in_trash",
      `A model named ${model.name} is in the trash: restore it, or choose another name.`,
      { problems: [{ pointer: "/name", detail: "is the name of a model in the trash" }] },
    );
  }
  return { model, isNew: inserted === 1 };
}

/** The version to make, or the one that is there already with identical content. */
async function chooseVersion(
  tx: TransactionClient,
  model: Model,
  { registration, digest }: Publication,
): Promise<{ parsed: ParsedVersion } | { existing: string }> {
  if (registration.version === undefined) {
    const { latest, taken } = await listTakenVersions(tx, model.id);
    const text = nextFreeVersion(latest, registration.bump ?? "patch", (version) =>
      taken.has(version),
    );
    return { parsed: parseVersion(text) };
  }
  const parsed = parseVersion(registration.version);
  const existing = await tx.version.findUnique({
    where: { modelId_version: { modelId: model.id, version: parsed.text } },
    select: { digest: true, deletedAt: true, purgedAt: true },
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
  if (existing.digest === digest) return { existing: parsed.text };
  throw new RegistryError(
    "version_exists",
    `${name} exists with other content, and versions never change: use another version, or leave it out.`,
    { problems: [{ pointer: "/version", detail: "exists with other content" }] },
  );
}

async function loadVersion(
  tx: TransactionClient,
  modelName: string,
  version: string,
): Promise<VersionWire> {
  const row = await tx.version.findFirstOrThrow({
    where: { version, model: { nameKey: nameKey(modelName) } },
    include: withFiles,
  });
  return versionToWire(modelName, row);
}

async function writeManifest(
  ctx: Ctx,
  model: Model,
  at: { number: number; version: string; createdAt: Date },
  { registration, manifest, digest }: Publication,
): Promise<void> {
  const document: ManifestDocument = {
    manifest,
    digest: `sha256:${digest}`,
    model: {
      name: model.name,
      description: model.description,
      owner: model.owner,
      tags: model.tags as Record<string, string>,
      created_at: model.createdAt.toISOString(),
      created_by: model.createdBy,
    },
    version: {
      version: at.version,
      number: at.number,
      framework_declared: registration.framework ?? null,
      description: registration.description ?? "",
      tags: registration.tags ?? {},
      created_at: at.createdAt.toISOString(),
      created_by: ctx.actor.name,
    },
  };
  const bytes = new TextEncoder().encode(`${JSON.stringify(document, null, 2)}\n`);
  await ctx.storage.putDocument(manifestKey(model.name, at.version), bytes);
}
