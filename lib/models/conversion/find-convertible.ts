import { assertMayOn } from "#lib/access/policy.ts";
import type { File, Model, Version } from "#lib/db/generated/client.ts";
import { RegistryError } from "#lib/errors.ts";
import { assertNotImporting, importStanding } from "../import-standing.ts";
import type { ModelCtx } from "../model-context.ts";
import { isConvertible } from "./conversion-schema.ts";

export type Convertible = { model: Model; version: Version; files: File[] };

/**
 * A version whose checkpoints the actor may convert: who may read it, and register versions in its model. Throws the errors of
 * things that are not found, `forbidden`, `version_incomplete`, `version_not_clean`, `not_convertible`, `storage_corrupt`.
 */
export async function findConvertible(ctx: ModelCtx, id: bigint): Promise<Convertible> {
  const row = await ctx.db.version.findUnique({
    where: { id },
    include: {
      model: true,
      import: { select: { state: true, error: true } },
      files: { orderBy: { position: "asc" }, include: { blob: { select: { damagedAt: true } } } },
    },
  });
  if (row === null || row.purgedAt !== null)
    throw new RegistryError("version_not_found", "The version was deleted for good.");
  const { model, files, import: operation, ...version } = row;
  const live = model.deletedAt === null ? model : null;
  assertMayOn(ctx, "model.read", live, model.name);
  assertMayOn(ctx, "version.register", live, model.name);
  const name = `${model.name} ${version.version}`;
  if (version.deletedAt !== null)
    throw new RegistryError("version_in_trash", `${name} is in the trash.`);
  assertNotImporting(name, importStanding({ location: version.location, operation }));
  if (!files.some(({ format }) => isConvertible(format)))
    throw new RegistryError(
      "not_convertible",
      `${name} has no PyTorch checkpoint: there is nothing to convert.`,
    );
  const unclean = files.find(({ verdict }) => verdict !== "clean");
  if (version.verdict !== "clean" || unclean !== undefined)
    throw new RegistryError(
      "version_not_clean",
      `The scan's verdict for ${unclean?.path ?? name} is ${unclean?.verdict ?? version.verdict}: only what is clean is converted.`,
    );
  const damaged = files.find(({ blob }) => blob.damagedAt !== null);
  if (damaged !== undefined)
    throw new RegistryError("storage_corrupt", `The stored bytes of ${damaged.path} are damaged.`);
  return { model, version, files: files.map(({ blob: _, ...file }) => file) };
}
