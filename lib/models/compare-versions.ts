import { compareCards } from "./compare-cards.ts";
import { compareMetadata, compareMetrics, compareTags } from "./compare-metadata.ts";
import type { ComparisonWire } from "./compare-schema.ts";
import { compareSignatures } from "./compare-signatures.ts";
import { compareTensors } from "./compare-tensors.ts";
import { getVersion } from "./get-version.ts";
import type { ModelCtx } from "./model-context.ts";
import type { VersionWire } from "./schema.ts";

export type CompareInput = {
  name: string;
  from: string;
  to: string;
  /** The model of `to`, where it is another one. */
  toModel?: string | undefined;
};

/** What `to` has otherwise than `from`. Throws `model_not_found`, `version_not_found`, `alias_not_found`. */
export async function compareVersions(ctx: ModelCtx, input: CompareInput): Promise<ComparisonWire> {
  const [from, to] = await Promise.all([
    getVersion(ctx, { name: input.name, ref: input.from }),
    getVersion(ctx, { name: input.toModel ?? input.name, ref: input.to }),
  ]);
  return compareFound(ctx, from, to);
}

/** The same of versions that were found, and may be read. */
export async function compareFound(
  ctx: ModelCtx,
  from: VersionWire,
  to: VersionWire,
): Promise<ComparisonWire> {
  return {
    from: toSide(from),
    to: toSide(to),
    files: compareFiles(from.files, to.files),
    tensors: await compareTensors(ctx.db, from, to),
    metadata: compareMetadata(from.metadata, to.metadata),
    metrics: compareMetrics(from.metadata, to.metadata),
    tags: compareTags(from.tags, to.tags),
    signature: compareSignatures(from.signature, to.signature),
    card: await compareCards(ctx, from.files, to.files),
  };
}

function toSide(version: VersionWire): ComparisonWire["from"] {
  const { model, version: text, number, digest, description } = version;
  const { framework, format, stage, aliases } = version;
  const { parameters, tensors, size_bytes, created_at, created_by, scan } = version;
  const named = { model, version: text, number, digest, description };
  const kind = { framework, format, stage, aliases };
  const sizes = { parameters, tensors, size_bytes, created_at, created_by };
  return { ...named, ...kind, ...sizes, verdict: scan.verdict };
}

type Files = VersionWire["files"];

function compareFiles(from: Files, to: Files): ComparisonWire["files"] {
  const before = new Map(from.map((file) => [file.path, file]));
  const after = new Set(to.map(({ path }) => path));
  const changed: ComparisonWire["files"]["changed"] = [];
  let unchanged = 0;
  for (const { path, ...file } of to) {
    const known = before.get(path);
    if (known === undefined) continue;
    const { path: _, ...old } = known;
    if (old.digest === file.digest) unchanged += 1;
    else changed.push({ path, from: old, to: file });
  }
  return {
    added: to.filter(({ path }) => !before.has(path)),
    removed: from.filter(({ path }) => !after.has(path)),
    changed,
    unchanged,
  };
}
