/** Makes the rows of one model from the storage's documents. Repeatable: rows that are there already stay. */
import { recordChange } from "#lib/audit/record-change.ts";
import { recoverBlob } from "#lib/blobs/maintenance/recover-blob.ts";
import type { Model } from "#lib/db/generated/client.ts";
import { inTransaction } from "#lib/db/transaction.ts";
import type { VersionFacts } from "#lib/inspection/version-facts.ts";
import { externalKeyOf } from "./external-name.ts";
import { insertVersion } from "./insert-version.ts";
import { keepNamePrivate } from "./lock-or-create-model.ts";
import type { ModelCtx } from "./model-context.ts";
import type { Origin, Publication } from "./publication.ts";
import type { StoredModel, StoredProblem } from "./read-stored-models.ts";
import { applyRecords } from "./rebuild-changes.ts";
import { externalFacts } from "./register-external-version.ts";
import type { Registration } from "./request-schema.ts";
import { parseVersion } from "./semantic-version.ts";
import type { StagedFile } from "./staged-file.ts";
import { nameKey } from "./store.ts";
import type { VersionRecord } from "./version-record.ts";

export type RebuildModelInput = {
  stored: StoredModel;
  readFacts: (files: StagedFile[]) => Promise<VersionFacts>;
  report: (problem: StoredProblem) => void;
};

/** Returns how many versions were made. */
export async function rebuildModel(ctx: ModelCtx, input: RebuildModelInput): Promise<number> {
  const { stored } = input;
  const model = await createModel(ctx, stored);
  let made = 0;
  for (const version of stored.versions) {
    if (await rebuildVersion(ctx, model, version, input)) made += 1;
  }
  await inTransaction(ctx.db, async (tx) => {
    await applyRecords(tx, model.id, stored);
    await recordChange(tx, ctx, {
      action: "model.rebuilt",
      model: model.name,
      detail: { versions: stored.versions.length },
    });
  });
  return made;
}

async function createModel(ctx: ModelCtx, { name, record, versions }: StoredModel): Promise<Model> {
  const newest = versions.at(-1);
  const now = ctx.now();
  await ctx.db.model.createMany({
    data: [
      {
        name,
        nameKey: nameKey(name),
        externalName: record?.external_name ?? null,
        externalKey: record?.external_name ? externalKeyOf(record.external_name) : null,
        description: record?.description ?? "",
        owner: record?.owner ?? newest?.created_by ?? "",
        tags: record?.tags ?? {},
        visibility: record?.visibility ?? "public",
        createdAt: record?.created_at ?? newest?.created_at ?? now,
        createdBy: record?.created_by ?? newest?.created_by ?? "",
        updatedAt: record?.updated_at ?? newest?.updated_at ?? now,
      },
    ],
    skipDuplicates: true,
  });
  if (record?.visibility === "private")
    await inTransaction(ctx.db, (tx) => keepNamePrivate(tx, name));
  return ctx.db.model.findUniqueOrThrow({ where: { nameKey: nameKey(name) } });
}

async function rebuildVersion(
  ctx: ModelCtx,
  model: Model,
  record: VersionRecord,
  { readFacts, report }: RebuildModelInput,
): Promise<boolean> {
  const { manifest } = record;
  const key = { modelId_version: { modelId: model.id, version: record.version } };
  if ((await ctx.db.version.findUnique({ where: key, select: { id: true } })) !== null)
    return false;
  const files = manifest.files.map((file) => ({
    path: file.path,
    sha256: file.digest.slice("sha256:".length),
    sizeBytes: file.size_bytes,
    writer: null,
  }));
  const what = `${model.name} ${record.version}`;
  const isExternal = (record.origin?.location ?? null) !== null;
  let isWhole = true;
  for (const file of files) {
    const found = await recoverBlob(ctx, file.sha256, file.sizeBytes);
    if (found !== "missing") continue;
    isWhole = false;
    const reason = `its bytes (sha256:${file.sha256}) are missing or damaged`;
    report({ key: `${what}, ${file.path}`, reason });
  }
  const facts =
    isWhole && !isExternal
      ? await readFacts(files).catch((error: unknown) => {
          const reason = error instanceof Error ? error.message : String(error);
          report({ key: what, reason: `its facts cannot be read: ${reason}` });
          return unknownFacts(record);
        })
      : isExternal
        ? externalFacts()
        : unknownFacts(record);
  await inTransaction(ctx.db, async (tx) => {
    await insertVersion(tx, ctx, {
      model,
      number: record.number,
      parsed: parseVersion(record.version),
      createdAt: new Date(record.created_at),
      createdBy: { id: null, name: record.created_by },
      publication: toPublication(model, record, facts),
    });
  });
  return true;
}

/**
 * The facts of a version that cannot be read: it keeps its place, and the verdict `pending` keeps its bytes from
 * being served.
 */
function unknownFacts({ manifest }: VersionRecord): VersionFacts {
  return {
    framework: manifest.framework as VersionFacts["framework"],
    format: "unknown",
    parameters: null,
    tensorCount: 0,
    tensorRows: "[]",
    dtypes: {},
    producer: {},
    signature: null,
    files: [],
    scan: { verdict: "pending", findings: [] },
  };
}

function toPublication(model: Model, record: VersionRecord, facts: VersionFacts): Publication {
  const { manifest } = record;
  return {
    registration: {
      name: model.name,
      version: record.version,
      framework: (record.framework_declared ?? undefined) as Registration["framework"],
      description: record.description,
      metadata: manifest.metadata,
      ...(manifest.signature === undefined ? {} : { signature: manifest.signature }),
      tags: record.tags,
    },
    manifest,
    digest: record.digest.slice("sha256:".length),
    facts: { ...facts, signature: manifest.signature ?? facts.signature },
    idempotencyKey: null,
    ...(record.origin === null ? {} : { origin: toOrigin(record.origin) }),
  };
}

function toOrigin(origin: NonNullable<VersionRecord["origin"]>): Origin {
  return {
    source: origin.source,
    runId: origin.run_id,
    runLink: origin.run_link,
    loggedModelId: origin.logged_model_id,
    location: origin.location,
  };
}
