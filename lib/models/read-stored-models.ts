/** The models as the storage alone knows them: manifests and records, checked before anything is believed. */
import { createHash } from "node:crypto";
import { z } from "zod";
import type { StorageDriver } from "#lib/storage/contract.ts";
import {
  METADATA_FOLDER,
  manifestKey,
  modelRecordKey,
  restoredKey,
  TRASH_FOLDER,
} from "#lib/storage/layout.ts";
import { canonicalJson, MANIFEST_MEDIA_TYPE, type ManifestDocument } from "./manifest.ts";
import { type ModelRecord, modelRecordSchema } from "./model-record.ts";

export type StoredVersion = { document: ManifestDocument; isInTrash: boolean };
export type StoredModel = {
  name: string;
  record: ModelRecord | null;
  /** By number; never empty unless there is a record. */
  versions: StoredVersion[];
};
/** A `key` that cannot be used, and the reason. */
export type StoredProblem = { key: string; reason: string };

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const tags = z.record(z.string(), z.string());

const documentSchema: z.ZodType<ManifestDocument> = z.object({
  manifest: z.object({
    media_type: z.literal(MANIFEST_MEDIA_TYPE),
    framework: z.string(),
    metadata: z.record(z.string(), z.unknown()),
    files: z
      .array(
        z.object({
          path: z.string(),
          digest,
          size_bytes: z.number().int().nonnegative(),
          media_type: z.string(),
        }),
      )
      .nonempty(),
  }),
  digest,
  model: z.object({
    name: z.string(),
    description: z.string(),
    owner: z.string(),
    tags,
    created_at: z.iso.datetime(),
    created_by: z.string(),
  }),
  version: z.object({
    version: z.string(),
    number: z.number().int().positive(),
    framework_declared: z.string().nullable(),
    description: z.string(),
    tags,
    created_at: z.iso.datetime(),
    created_by: z.string(),
  }),
});

/**
 * One model after the other, by folder; `report` is called for documents that cannot be read, and they are left out.
 */
export async function* readStoredModels(
  storage: StorageDriver,
  report: (problem: StoredProblem) => void,
): AsyncGenerator<StoredModel> {
  for (const [, keys] of await groupByModel(storage)) {
    let record: ModelRecord | null = null;
    const versions = new Map<string, StoredVersion>();
    for (const key of keys) {
      try {
        const content = JSON.parse(new TextDecoder().decode(await storage.getDocument(key)));
        if (key.endsWith("/model.json")) record = checkRecord(key, content);
        else {
          const found = { document: checkManifest(key, content), isInTrash: isTrash(key) };
          // A move to the trash that a crash cut in two may have left both: the trash comes second in the list.
          versions.set(found.document.version.version, found);
        }
      } catch (error) {
        report({ key, reason: error instanceof Error ? firstLine(error) : String(error) });
      }
    }
    const sorted = [...versions.values()].sort(
      (a, b) => a.document.version.number - b.document.version.number,
    );
    const name = record?.name ?? sorted.at(-1)?.document.model.name;
    if (name !== undefined) yield { name, record, versions: sorted };
  }
}

async function groupByModel(storage: StorageDriver): Promise<Map<string, string[]>> {
  const groups = new Map<string, string[]>();
  for (const folder of [METADATA_FOLDER, TRASH_FOLDER + METADATA_FOLDER]) {
    for await (const key of storage.list(folder)) {
      const model = key.slice(folder.length).split("/")[0] ?? "";
      const keys = groups.get(model);
      if (keys === undefined) groups.set(model, [key]);
      else keys.push(key);
    }
  }
  return groups;
}

/** The place and the digest must be those of the content: a copied or edited manifest is not believed. */
function checkManifest(key: string, content: unknown): ManifestDocument {
  const document = documentSchema.parse(content);
  const expected = manifestKey(document.model.name, document.version.version);
  if (placeOf(key) !== expected) throw new Error(`it belongs at ${expected}`);
  const actual = createHash("sha256").update(canonicalJson(document.manifest)).digest("hex");
  if (document.digest !== `sha256:${actual}`)
    throw new Error("its digest is not that of its content");
  return document;
}

function checkRecord(key: string, content: unknown): ModelRecord {
  const record = modelRecordSchema.parse(content);
  const expected = modelRecordKey(record.name);
  if (key !== expected) throw new Error(`it belongs at ${expected}`);
  return record;
}

const isTrash = (key: string) => key.startsWith(TRASH_FOLDER);
const placeOf = (key: string) => (isTrash(key) ? restoredKey(key) : key);

function firstLine(error: Error): string {
  if (!(error instanceof z.ZodError)) return error.message.split("\n")[0] ?? "";
  const issue = error.issues[0];
  return `${issue?.path.join(".") || "it"}: ${issue?.message ?? "is not valid"}`;
}
