import { CARD_NAMES } from "#lib/formats/card-names.ts";
import { isServed, type VerdictName } from "#lib/wire/words.ts";
import type { ModelCtx } from "./model-context.ts";
import type { VersionWire } from "./schema.ts";
import { getLiveModel, resolveRef } from "./store.ts";

/** A longer README is cut: pages stay fast, and the whole file can be downloaded. */
const CARD_MAX_BYTES = 1024 * 1024;

export type ModelCard = {
  /** Markdown as its author wrote it, to be sanitised before it is shown. */
  markdown: string;
  source: "readme" | "description" | "none";
  /** The verdict that keeps the README.md from being shown. */
  withheld: VerdictName | null;
  license: string | null;
  tags: string[];
  library_name: string | null;
  pipeline_tag: string | null;
};

/** The README.md of a version (the latest without `ref`) if its verdict lets it out, else the description. */
export async function getModelCard(
  ctx: ModelCtx,
  input: { name: string; ref?: string | undefined },
): Promise<ModelCard> {
  const model = await getLiveModel(ctx, "model.read", input.name);
  const hasVersion = input.ref !== undefined || model.latestId !== null;
  const versionId = hasVersion ? await resolveRef(ctx.db, model, input.ref ?? "latest") : null;
  const readme =
    versionId === null
      ? null
      : await ctx.db.file.findFirst({
          where: { versionId, path: { in: CARD_NAMES } },
        });
  const verdict = (readme?.verdict ?? null) as VerdictName | null;
  const withheld = verdict !== null && !isServed(verdict, false) ? verdict : null;
  if (readme === null || withheld !== null) {
    const source = model.description.trim() === "" ? "none" : "description";
    return { ...NO_FRONT_MATTER, markdown: model.description, source, withheld };
  }
  const text = await readReadme(ctx, { ...readme, sizeBytes: Number(readme.sizeBytes) });
  const card = await ctx.cards.facts(text);
  return {
    markdown: card.body,
    source: "readme",
    withheld: null,
    license: card.license,
    tags: card.tags,
    library_name: card.library_name,
    pipeline_tag: card.pipeline_tag,
  };
}

/** The text as it was uploaded, front matter and all. `digest` is the hex SHA-256. */
export async function readReadme(
  ctx: ModelCtx,
  { digest, sizeBytes }: { digest: string; sizeBytes: number },
): Promise<string> {
  const reader = await ctx.blobs.openReader(digest, sizeBytes);
  try {
    const bytes = new Uint8Array(Math.min(reader.sizeBytes, CARD_MAX_BYTES));
    const count = await reader.read(bytes, 0);
    return new TextDecoder().decode(bytes.subarray(0, count));
  } finally {
    await reader.close();
  }
}

/** A version's card among its files, for `readReadme`. */
export function findReadme(
  files: VersionWire["files"],
): { digest: string; sizeBytes: number; isWithheld: boolean } | null {
  const file = files.find(({ path }) => CARD_NAMES.includes(path));
  if (file === undefined) return null;
  const digest = file.digest.slice("sha256:".length);
  return { digest, sizeBytes: file.size_bytes, isWithheld: !isServed(file.verdict, false) };
}

const NO_FRONT_MATTER = { license: null, tags: [], library_name: null, pipeline_tag: null };
