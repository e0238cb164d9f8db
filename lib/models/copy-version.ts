import { assertMayOn } from "#lib/access/policy.ts";
import { findVersion } from "./hot-statements.ts";
import { assertNotImporting, importStanding } from "./import-standing.ts";
import type { ModelCtx } from "./model-context.ts";
import type { Origin } from "./publication.ts";
import type { Published } from "./publish-version.ts";
import { registerExternalVersion } from "./register-external-version.ts";
import { registerVersion } from "./register-version.ts";
import type { Registration } from "./request-schema.ts";
import type { VersionWire } from "./schema.ts";
import { stageNamedFiles } from "./stage-named-files.ts";
import { nameKey, refNotFound } from "./store.ts";

export type CopyVersionInput = {
  /** The version that is copied, by its model and ref. */
  from: { name: string; ref: string };
  registration: Pick<Registration, "name" | "version" | "description" | "tags">;
  origin: Origin;
};

/**
 * Registers what another version has as a version of a model that is there: the same files and metadata, and no byte is moved.
 * Of a version whose bytes are elsewhere the copy is one, too. Throws `model_not_found`, `version_not_found`,
 * `version_incomplete`, `blob_not_found` where the scan withholds a file, and what a registration throws.
 */
export async function copyVersion(ctx: ModelCtx, input: CopyVersionInput): Promise<Published> {
  const { name, ref } = input.from;
  const found = await findVersion(ctx.db, nameKey(name), ref);
  assertMayOn(ctx, "model.read", found, name);
  if (found.body === null) throw refNotFound(found.name, ref);
  const { files, metadata, framework_declared: declared, signature } = found.body;
  const registration: Registration = {
    ...input.registration,
    metadata,
    ...(declared === null ? {} : { framework: declared }),
    ...(signature !== null && found.body.signature_given ? { signature } : {}),
  };
  const location = await findLocation(ctx, found.name, found.body);
  if (location !== null)
    return registerExternalVersion(ctx, { registration, origin: { ...input.origin, location } });
  return registerVersion(ctx, {
    registration,
    files: await stageNamedFiles(
      ctx,
      files.map(({ path, digest }) => ({ path, digest })),
    ),
    idempotencyKey: null,
    origin: input.origin,
    isOfKnownModel: true,
  });
}

/** Throws `version_incomplete` for a version that is being imported, or could not be. */
async function findLocation(
  ctx: ModelCtx,
  name: string,
  { number, version }: Pick<VersionWire, "number" | "version">,
): Promise<string | null> {
  const row = await ctx.db.version.findFirst({
    where: { model: { nameKey: nameKey(name) }, number },
    select: { location: true, import: { select: { state: true, error: true } } },
  });
  const location = row?.location ?? null;
  const standing = importStanding({ location, operation: row?.import ?? null });
  assertNotImporting(`${name} ${version}`, standing);
  return location;
}
