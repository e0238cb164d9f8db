/** Makes the rows of one model from the storage's documents. Repeatable: rows that are there already stay. */
import { recordChange } from "#lib/audit/record-change.ts";
import { recoverBlob } from "#lib/blobs/maintenance/recover-blob.ts";
import type { Model } from "#lib/db/generated/client.ts";
import { inTransaction } from "#lib/db/transaction.ts";
import type { VersionFacts } from "#lib/inspection/version-facts.ts";
import { insertVersion } from "./insert-version.ts";
import type { ModelCtx } from "./model-context.ts";
import type { Publication } from "./publication.ts";
import type { StoredModel, StoredProblem } from "./read-stored-models.ts";
import { applyRecords } from "./rebuild-changes.ts";
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
        description: record?.description ?? "",
        owner: record?.owner ?? newest?.created_by ?? "",
        tags: record?.tags ?? {},
        createdAt: record?.created_at ?? newest?.created_at ?? now,
        createdBy: record?.created_by ?? newest?.created_by ?? "",
        updatedAt: record?.updated_at ?? newest?.updated_at ?? now,
      },
    ],
    skipDuplicates: true,
  });
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
        return unknownFacts(record);
      })
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
      tags: record.tags,
    },
    manifest,
    digest: record.digest.slice("sha256:".length),
    facts,
    idempotencyKey: null,
  };
}
