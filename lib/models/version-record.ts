/**
 * The record of one version, `metadata/<model>/<version>.json`: its manifest, and what people have changed since. Together
 * with the model's record it is enough to rebuild the database.
 */
import { z } from "zod";
import type { Version } from "#lib/db/generated/client.ts";
import type { TransactionClient } from "#lib/db/transaction.ts";
import type { Signature } from "#lib/formats/contract.ts";
import { manifestKey } from "#lib/storage/layout.ts";
import { MANIFEST_MEDIA_TYPE, type Manifest } from "./manifest.ts";
import { givenSignatureSchema } from "./request-schema.ts";
import { type StoredDocument, toText, trashedOf, trashedSchema } from "./stored-document.ts";

const time = z.iso.datetime();
const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);

const manifestSchema: z.ZodType<Manifest> = z.object({
  media_type: z.literal(MANIFEST_MEDIA_TYPE),
  framework: z.string(),
  metadata: z.record(z.string(), z.unknown()),
  signature: givenSignatureSchema.exactOptional(),
  files: z.array(
    z.object({
      path: z.string(),
      digest,
      size_bytes: z.number().int().nonnegative(),
      media_type: z.string(),
    }),
  ),
});

/** What MLflow knows of a version besides. */
const originSchema = z.object({
  source: z.string().nullable(),
  run_id: z.string().nullable(),
  run_link: z.string().nullable(),
  logged_model_id: z.string().nullable(),
  location: z.string().nullable(),
});

/** Unknown members are dropped: a later release may write more. */
const recordSchema = z.object({
  record: z.literal(2),
  model: z.string(),
  version: z.string(),
  number: z.number().int().positive(),
  /** Of the manifest's canonical form. */
  digest,
  manifest: manifestSchema,
  framework_declared: z.string().nullable(),
  description: z.string(),
  tags: z.record(z.string(), z.string()),
  stage: z.string(),
  created_at: time,
  created_by: z.string(),
  updated_at: time,
  trashed: trashedSchema,
  origin: originSchema.nullable().default(null),
});
/** Only a version whose bytes are elsewhere has no files. */
export const versionRecordSchema = recordSchema.refine(
  ({ manifest, origin }) => manifest.files.length > 0 || (origin?.location ?? null) !== null,
  "it has no files",
);
export type VersionRecord = z.output<typeof versionRecordSchema>;

/** A version that is gone for good: neither its number nor its text is used again. */
export const tombstoneSchema = z.object({
  record: z.literal(2),
  model: z.string(),
  version: z.string(),
  number: z.number().int().positive(),
  purged_at: time,
});
export type Tombstone = z.output<typeof tombstoneSchema>;

/** null when the version is gone, with its model. */
export async function readVersionRecord(
  tx: TransactionClient,
  versionId: bigint,
): Promise<StoredDocument | null> {
  const row = await tx.version.findUnique({
    where: { id: versionId },
    include: {
      model: { select: { name: true, purgedAt: true } },
      files: { orderBy: { position: "asc" } },
    },
  });
  if (row === null || row.model.purgedAt !== null) return null;
  const key = manifestKey(row.model.name, row.version);
  const named = {
    record: 2 as const,
    model: row.model.name,
    version: row.version,
    number: row.number,
  };
  if (row.purgedAt !== null) {
    const tombstone: Tombstone = { ...named, purged_at: row.purgedAt.toISOString() };
    return { key, text: toText(tombstone) };
  }
  const record: VersionRecord = {
    ...named,
    digest: `sha256:${row.digest}`,
    manifest: {
      media_type: MANIFEST_MEDIA_TYPE,
      framework: row.framework,
      metadata: row.metadata as Record<string, unknown>,
      ...(row.signatureGiven ? { signature: row.signature as Signature } : {}),
      files: row.files.map((file) => ({
        path: file.path,
        digest: `sha256:${file.digest}`,
        size_bytes: Number(file.sizeBytes),
        media_type: file.mediaType,
      })),
    },
    framework_declared: row.frameworkDeclared,
    description: row.description,
    tags: row.tags as Record<string, string>,
    stage: row.stage,
    created_at: row.createdAt.toISOString(),
    created_by: row.createdBy,
    updated_at: row.updatedAt.toISOString(),
    trashed: trashedOf(row),
    origin: originOf(row),
  };
  return { key, text: toText(record) };
}

function originOf(row: Version): VersionRecord["origin"] {
  const { source, runId, runLink, loggedModelId, location } = row;
  if (source === null && runId === null && runLink === null && loggedModelId === null) return null;
  return {
    source,
    run_id: runId,
    run_link: runLink,
    logged_model_id: loggedModelId,
    location,
  };
}
