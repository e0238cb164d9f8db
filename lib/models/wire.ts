/** Explicit maps from database rows to the wire; nothing of a row leaves by accident. */
import type { Alias, File, Model, ModelCounter, Version } from "#lib/db/generated/client.ts";
import { isServed, type Stage, type VerdictName } from "#lib/wire/words.ts";
import type {
  FileWire,
  ListedModelWire,
  ModelWire,
  TrashedModelWire,
  TrashedVersionWire,
  VersionFacts,
  VersionSummaryWire,
  VersionWire,
} from "./schema.ts";

type Counted = { counter: Pick<ModelCounter, "downloads"> | null };
export type ModelRow = Model & Counted;

type Facts<K extends keyof VersionWire> = VersionWire[K];

export function modelToWire(row: ModelRow): ModelWire {
  return {
    name: row.name,
    external_name: row.externalName,
    visibility: row.visibility as ModelWire["visibility"],
    description: row.description,
    owner: row.owner,
    tags: row.tags as ModelWire["tags"],
    latest_version: row.latestVersion,
    version_count: row.versionCount,
    stages: row.stages as Stage[],
    framework: row.framework as ModelWire["framework"],
    format: row.format as ModelWire["format"],
    verdict: row.verdict as ModelWire["verdict"],
    parameters: row.parameters === null ? null : Number(row.parameters),
    size_bytes: Number(row.sizeBytes),
    downloads: Number(row.counter?.downloads ?? 0),
    created_at: row.createdAt.toISOString(),
    created_by: row.createdBy,
    updated_at: row.updatedAt.toISOString(),
  };
}

export function modelToListed(
  row: ModelRow,
  stageVersions: ListedModelWire["stage_versions"] | undefined,
): ListedModelWire {
  return { ...modelToWire(row), stage_versions: stageVersions ?? [] };
}

export type VersionRow = Version & Counted & { aliases: Pick<Alias, "alias">[] };

export function versionToSummary(model: string, row: VersionRow): VersionSummaryWire {
  return {
    model,
    version: row.version,
    number: row.number,
    digest: `sha256:${row.digest}`,
    framework: row.framework as Facts<"framework">,
    format: row.format as Facts<"format">,
    status: "ready",
    stage: row.stage as Stage,
    aliases: row.aliases.map(({ alias }) => alias).sort(),
    description: row.description,
    tags: row.tags as Facts<"tags">,
    parameters: row.parameters === null ? null : Number(row.parameters),
    tensors: row.tensorCount,
    size_bytes: Number(row.sizeBytes),
    stored_bytes: Number(row.storedBytes),
    verdict: row.verdict as VersionSummaryWire["verdict"],
    created_at: row.createdAt.toISOString(),
    created_by: row.createdBy,
    source: row.source,
    location: row.location,
    downloads: Number(row.counter?.downloads ?? 0),
  };
}

export function fileToWire(row: File): FileWire {
  return {
    path: row.path,
    size_bytes: Number(row.sizeBytes),
    digest: `sha256:${row.digest}`,
    media_type: row.mediaType,
    format: row.format as FileWire["format"],
    verdict: row.verdict as FileWire["verdict"],
  };
}

/** Facts of a version's files for an answer that does not list them. */
export type FilesInShort = {
  count: number;
  /** The version's file, when there is just one. */
  only: Pick<File, "digest"> | null;
  withheld: Pick<File, "path" | "verdict">[];
};

export function versionToFacts(
  model: string,
  row: VersionRow,
  { count, only, withheld }: FilesInShort,
): VersionFacts {
  const { verdict, ...summary } = versionToSummary(model, row);
  return {
    ...summary,
    framework_declared: row.frameworkDeclared as Facts<"framework_declared">,
    framework_version: row.frameworkVersion,
    metadata: row.metadata as Facts<"metadata">,
    dtypes: row.dtypes as Facts<"dtypes">,
    producer: row.producer as Facts<"producer">,
    signature: row.signature as Facts<"signature">,
    signature_given: row.signatureGiven,
    file_count: count,
    withheld: withheld.map(({ path, verdict: own }) => ({ path, verdict: own as VerdictName })),
    ...(only === null ? {} : { sha256: only.digest }),
    scan: {
      verdict,
      findings: row.findings as Facts<"scan">["findings"],
      scanned_at: row.scannedAt?.toISOString() ?? null,
      rules_version: row.rulesVersion,
    },
    updated_at: row.updatedAt.toISOString(),
  };
}

export function versionToWire(model: string, row: VersionRow & { files: File[] }): VersionWire {
  const [only = null] = row.files.length === 1 ? row.files : [];
  const files = row.files.map(fileToWire);
  const withheld = files.filter(({ verdict }) => !isServed(verdict, false));
  return { ...versionToFacts(model, row, { count: files.length, only, withheld }), files };
}

export function modelToTrashWire(row: ModelRow & { deletedAt: Date }): TrashedModelWire {
  return {
    ...modelToWire(row),
    deleted_at: row.deletedAt.toISOString(),
    deleted_by: row.deletedBy ?? "",
  };
}

export function versionToTrashWire(
  model: string,
  row: VersionRow & { deletedAt: Date },
): TrashedVersionWire {
  return {
    ...versionToSummary(model, row),
    deleted_at: row.deletedAt.toISOString(),
    deleted_by: row.deletedBy ?? "",
  };
}
