import { queueVersionCompression } from "#lib/blobs/compression/queue-compression.ts";
import type { Model, Prisma } from "#lib/db/generated/client.ts";
import type { TransactionClient } from "#lib/db/transaction.ts";
import { frameworkVersionOf } from "#lib/formats/framework-version.ts";
import { RULES_VERSION } from "#lib/scan/rules-version.ts";
import type { Framework } from "#lib/wire/frameworks.ts";
import type { ModelCtx } from "./model-context.ts";
import type { Publication } from "./publication.ts";
import type { ParsedVersion } from "./semantic-version.ts";

export type NewVersion = {
  model: Pick<Model, "id">;
  number: number;
  parsed: ParsedVersion;
  createdAt: Date;
  /** A rebuild from the storage knows the name only. */
  createdBy: { id: string | null; name: string };
  publication: Publication;
};

/**
 * Inserts the rows of one version: itself, its files, its tensors. The rows of its blobs must be there. Returns its
 * id.
 */
export async function insertVersion(
  tx: TransactionClient,
  ctx: ModelCtx,
  made: NewVersion,
): Promise<bigint> {
  const { registration } = made.publication;
  const row = await tx.version.create({
    data: {
      modelId: made.model.id,
      number: made.number,
      version: made.parsed.text,
      precedence: made.parsed.precedence,
      isPrerelease: made.parsed.isPrerelease,
      frameworkDeclared: registration.framework ?? null,
      signatureGiven: registration.signature !== undefined,
      description: registration.description ?? "",
      metadata: (registration.metadata ?? {}) as object,
      tags: registration.tags ?? {},
      createdAt: made.createdAt,
      createdBy: made.createdBy.name,
      createdById: made.createdBy.id,
      updatedAt: made.createdAt,
      ...contentOf(made.publication, made.createdAt),
      ...originOf(made.publication),
    },
  });
  await insertContent(tx, ctx, row.id, made.publication);
  return row.id;
}

const RUN_ID = /^[0-9a-f]{32}$/;

/** MLflow's clients name the logged model alone; which run made it is in its MLmodel. */
function originOf({ origin, facts }: Publication): Publication["origin"] {
  const run = facts.producer["mlflow.run_id"];
  if (origin === undefined || origin.runId || run === undefined || !RUN_ID.test(run)) return origin;
  return { ...origin, runId: run };
}

/** What a publication's bytes are and say. */
export type Content = Pick<Publication, "manifest" | "digest" | "facts">;

/** The columns of a version that follow from its bytes, which were read at a time. */
export function contentOf({ manifest, digest, facts }: Content, readAt: Date) {
  const sizes = new Map(manifest.files.map((file) => [file.digest, BigInt(file.size_bytes)]));
  return {
    digest,
    framework: manifest.framework,
    frameworkVersion: frameworkVersionOf({
      framework: manifest.framework as Framework,
      producer: facts.producer,
    }),
    format: facts.format,
    parameters: facts.parameters === null ? null : BigInt(facts.parameters),
    tensorCount: facts.tensorCount,
    dtypes: facts.dtypes,
    producer: facts.producer,
    ...(facts.signature ? { signature: facts.signature } : {}),
    sizeBytes: manifest.files.reduce((sum, file) => sum + BigInt(file.size_bytes), 0n),
    storedBytes: [...sizes.values()].reduce((sum, size) => sum + size, 0n),
    verdict: facts.scan.verdict,
    findings: facts.scan.findings,
    scannedAt: readAt,
    // Nobody has judged what is pending: the next rescan does.
    rulesVersion: facts.scan.verdict === "pending" ? 0 : RULES_VERSION,
  } satisfies Prisma.VersionUpdateInput;
}

/** The rows below a version that has none yet, and the job that compresses its blobs. The rows of these must be there. */
export async function insertContent(
  tx: TransactionClient,
  ctx: ModelCtx,
  versionId: bigint,
  content: Content,
): Promise<void> {
  await insertFiles(tx, versionId, content);
  await countStoredBytes(tx, versionId);
  await insertTensors(tx, versionId, content);
  await queueVersionCompression(tx, ctx, versionId);
}

/** One statement however many files, as for tensors. */
async function insertFiles(
  tx: TransactionClient,
  versionId: bigint,
  { manifest, facts }: Content,
): Promise<void> {
  const known = new Map(facts.files.map((file) => [file.path, file]));
  const rows = manifest.files.map((file, position) => ({
    position,
    path: file.path,
    digest: file.digest.slice("sha256:".length),
    size_bytes: file.size_bytes,
    media_type: file.media_type,
    format: known.get(file.path)?.format ?? "unknown",
    verdict: known.get(file.path)?.verdict ?? facts.scan.verdict,
  }));
  await tx.$executeRaw`
    insert into file (version_id, position, path, digest, size_bytes, media_type, format, verdict)
    select ${versionId}, position, path, digest, size_bytes, media_type, format, verdict
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as t(position int, path text, digest text,
      size_bytes bigint, media_type text, format text, verdict text)`;
}

/**
 * To be called after the files are inserted: their rows hold the blobs' rows until the end, so that a compression
 * that ends meanwhile either shows here or waits and then counts this version too.
 */
export async function countStoredBytes(tx: TransactionClient, versionId: bigint): Promise<void> {
  await tx.$executeRaw`
    update version set stored_bytes = (
      select coalesce(sum(stored_bytes), 0)::bigint from blob
      where digest in (select digest from file where version_id = ${versionId})
    ) where id = ${versionId}`;
}

/** One statement however many tensors: a parameter a value would pass PostgreSQL's limit of 65,535. */
async function insertTensors(
  tx: TransactionClient,
  versionId: bigint,
  { facts }: Content,
): Promise<void> {
  if (facts.tensorCount === 0) return;
  await tx.$executeRaw`
    insert into tensor (version_id, position, name, dtype, shape, size_bytes, file, tensor_group)
    select ${versionId}, position, name, dtype,
           array(select jsonb_array_elements_text(shape)::bigint), "sizeBytes", file, "group"
    from jsonb_to_recordset(${facts.tensorRows}::jsonb)
      as t(position int, name text, dtype text, shape jsonb, "sizeBytes" bigint, file text,
           "group" text)`;
}
