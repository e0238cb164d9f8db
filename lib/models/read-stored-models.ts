/** Models as their records in the storage tell of them; every record is checked before it is believed. */
import { createHash } from "node:crypto";
import { z } from "zod";
import type { StorageDriver } from "#lib/storage/contract.ts";
import { METADATA_FOLDER, manifestKey, modelRecordKey } from "#lib/storage/layout.ts";
import { canonicalJson } from "#lib/wire/canonical-json.ts";
import { type ModelRecord, modelRecordSchema } from "./model-record.ts";
import {
  type Tombstone,
  tombstoneSchema,
  type VersionRecord,
  versionRecordSchema,
} from "./version-record.ts";

export type StoredModel = {
  name: string;
  record: ModelRecord | null;
  /** By number; never empty unless there is a record. */
  versions: VersionRecord[];
  purged: Tombstone[];
};
/** `key` cannot be used, and why. */
export type StoredProblem = { key: string; reason: string };

/** One model after the other, by folder; a record that cannot be read is told to `report` and left out. */
export async function* readStoredModels(
  storage: StorageDriver,
  report: (problem: StoredProblem) => void,
): AsyncGenerator<StoredModel> {
  for (const [, keys] of await groupByModel(storage)) {
    let record: ModelRecord | null = null;
    const versions: VersionRecord[] = [];
    const purged: Tombstone[] = [];
    for (const key of keys) {
      try {
        const content = JSON.parse(new TextDecoder().decode(await storage.getDocument(key)));
        if (key.endsWith("/model.json")) record = checkRecord(key, content);
        else if (isTombstone(content)) purged.push(checkTombstone(key, content));
        else versions.push(checkVersion(key, content));
      } catch (error) {
        report({ key, reason: error instanceof Error ? firstLine(error) : String(error) });
      }
    }
    versions.sort((a, b) => a.number - b.number);
    const name = record?.name ?? versions.at(-1)?.model;
    if (name !== undefined) yield { name, record, versions, purged };
  }
}

async function groupByModel(storage: StorageDriver): Promise<Map<string, string[]>> {
  const groups = new Map<string, string[]>();
  for await (const key of storage.list(METADATA_FOLDER)) {
    const model = key.slice(METADATA_FOLDER.length).split("/")[0] ?? "";
    const keys = groups.get(model);
    if (keys === undefined) groups.set(model, [key]);
    else keys.push(key);
  }
  return groups;
}

/** The place and the digest must be those of the content: a copied or edited record is not believed. */
function checkVersion(key: string, content: unknown): VersionRecord {
  const record = versionRecordSchema.parse(content);
  checkPlace(key, manifestKey(record.model, record.version));
  const actual = createHash("sha256").update(canonicalJson(record.manifest)).digest("hex");
  if (record.digest !== `sha256:${actual}`)
    throw new Error("its digest is not that of its content");
  return record;
}

function isTombstone(content: unknown): boolean {
  return typeof content === "object" && content !== null && "purged_at" in content;
}

function checkTombstone(key: string, content: unknown): Tombstone {
  const tombstone = tombstoneSchema.parse(content);
  checkPlace(key, manifestKey(tombstone.model, tombstone.version));
  return tombstone;
}

function checkRecord(key: string, content: unknown): ModelRecord {
  const record = modelRecordSchema.parse(content);
  checkPlace(key, modelRecordKey(record.name));
  return record;
}

function checkPlace(key: string, expected: string): void {
  if (key !== expected) throw new Error(`it belongs at ${expected}`);
}

function firstLine(error: Error): string {
  if (!(error instanceof z.ZodError)) return error.message.split("\n")[0] ?? "";
  const issue = error.issues[0];
  return `${issue?.path.join(".") || "it"}: ${issue?.message ?? "is not valid"}`;
}
