/** Makes the rows of one model from the storage's documents. Repeatable: rows that are there already stay. */
import { recordChange } from "#lib/audit/record-change.ts";
import { recoverBlob } from "#lib/blobs/maintenance/recover-blob.ts";
import type { Model } from "#lib/db/generated/client.ts";
import { inTransaction } from "#lib/db/transaction.ts";
import type { VersionFacts } from "#lib/inspection/version-facts.ts";
import { insertVersion } from "./insert-version.ts";
import type { ManifestDocument } from "./manifest.ts";
import type { ModelCtx } from "./model-context.ts";
import type { Publication } from "./publication.ts";
import type { StoredModel, StoredProblem, StoredVersion } from "./read-stored-models.ts";
import { applyModelRecord } from "./rebuild-changes.ts";
import type { Registration } from "./request-schema.ts";
import { parseVersion } from "./semantic-version.ts";
import type { StagedFile } from "./staged-file.ts";
import { nameKey } from "./store.ts";

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
    await applyModelRecord(tx, ctx, model.id, stored);
    await recordChange(tx, ctx, {
      action: "model.rebuilt",
      model: model.name,
      detail: { versions: stored.versions.length },
    });
  });
  return made;
}

async function createModel(ctx: ModelCtx, { name, record, versions }: StoredModel): Promise<Model> {
  const newest = versions.at(-1)?.document;
  const now = ctx.now();
  await ctx.db.model.createMany({
    data: [
      {
        name,
        nameKey: nameKey(name),
        description: record?.description ?? newest?.model.description ?? "",
        owner: record?.owner ?? newest?.model.owner ?? "",
        tags: record?.tags ?? newest?.model.tags ?? {},
        createdAt: record?.created_at ?? newest?.model.created_at ?? now,
        createdBy: record?.created_by ?? newest?.model.created_by ?? "",
        updatedAt: record?.updated_at ?? newest?.version.created_at ?? now,
      },
    ],
    skipDuplicates: true,
  });
  return ctx.db.model.findUniqueOrThrow({ where: { nameKey: nameKey(name) } });
}

async function rebuildVersion(
  ctx: ModelCtx,
  model: Model,
  { document }: StoredVersion,
  { readFacts, report }: RebuildModelInput,
): Promise<boolean> {
  const { version, manifest } = document;
  const key = { modelId_version: { modelId: model.id, version: version.version } };
  if ((await ctx.db.version.findUnique({ where: key, select: { id: true } })) !== null)
    return false;
  const files = manifest.files.map((file) => ({
    path: file.path,
    sha256: file.digest.slice("sha256:".length),
    sizeBytes: file.size_bytes,
    writer: null,
  }));
  const what = `${model.name} ${version.version}`;
  let isWhole = true;
  for (const file of files) {
    const found = await recoverBlob(ctx, file.sha256, file.sizeBytes);
    if (found !== "missing") continue;
    isWhole = false;
    const reason = `its bytes (sha256:${file.sha256}) are missing or damaged`;
    report({ key: `${what}, ${file.path}`, reason });
  }
  const facts = isWhole
    ? await readFacts(files).catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        report({ key: what, reason: `its facts cannot be read: ${reason}` });
        return unknownFacts(document);
      })
    : unknownFacts(document);
  await inTransaction(ctx.db, async (tx) => {
    await insertVersion(tx, ctx, {
      model,
      number: version.number,
      parsed: parseVersion(version.version),
      createdAt: new Date(version.created_at),
      createdBy: { id: null, name: version.created_by },
      publication: toPublication(model, document, facts),
    });
  });
  return true;
}

/**
 * The facts of a version that cannot be read: it keeps its place, and the verdict `pending` keeps its bytes from
 * being served.
 */
function unknownFacts({ manifest }: ManifestDocument): VersionFacts {
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

function toPublication(model: Model, document: ManifestDocument, facts: VersionFacts): Publication {
  const { manifest, version } = document;
  return {
    registration: {
      name: model.name,
      version: version.version,
      framework: (version.framework_declared ?? undefined) as Registration["framework"],
      description: version.description,
      metadata: manifest.metadata,
      tags: version.tags,
    },
    manifest,
    digest: document.digest.slice("sha256:".length),
    facts,
    idempotencyKey: null,
  };
}
