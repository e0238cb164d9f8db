import { assertMayOn } from "#lib/access/policy.ts";
import { findVersion, versionOf } from "./hot-statements.ts";
import type { ModelCtx } from "./model-context.ts";
import type { VersionFacts, VersionWire } from "./schema.ts";
import { getLiveModel, nameKey, refNotFound, resolveRef, withAliases } from "./store.ts";
import { versionToFacts } from "./wire.ts";

type GetVersionInput = { name: string; ref: string };

/** `ref` is `1.2.0`, `latest` or `@alias`. Throws `model_not_found`, `version_not_found`, `alias_not_found`. */
export async function getVersion(ctx: ModelCtx, input: GetVersionInput): Promise<VersionWire> {
  const found = await findVersion(ctx.db, nameKey(input.name), input.ref);
  assertMayOn(ctx, "model.read", found, input.name);
  if (found.body === null) throw refNotFound(found.name, input.ref);
  return versionOf(found.body);
}

/** The version without its files, of which it may have thousands (`listFiles` has them). */
export async function getVersionFacts(
  ctx: ModelCtx,
  input: GetVersionInput,
): Promise<VersionFacts> {
  const model = await getLiveModel(ctx, "model.read", input.name);
  const id = await resolveRef(ctx.db, model, input.ref);
  const [row, count, withheld] = await Promise.all([
    ctx.db.version.findUniqueOrThrow({
      where: { id },
      include: { ...withAliases, files: { select: { digest: true }, take: 2 } },
    }),
    ctx.db.file.count({ where: { versionId: id } }),
    ctx.db.file.findMany({
      where: { versionId: id, verdict: { not: "clean" } },
      select: { path: true, verdict: true },
      orderBy: { position: "asc" },
    }),
  ]);
  const [only = null] = row.files.length === 1 ? row.files : [];
  return versionToFacts(model.name, row, { count, only, withheld });
}
