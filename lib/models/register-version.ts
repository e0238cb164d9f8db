import { assertMayName } from "#lib/access/policy.ts";
import { RegistryError } from "#lib/errors.ts";
import { frameworkMatches } from "#lib/formats/framework-match.ts";
import { expandArchive } from "./expand-archive.ts";
import { inModelTransaction } from "./in-model-transaction.ts";
import { buildManifest } from "./manifest.ts";
import { mediaTypeOf } from "./media-type.ts";
import type { ModelCtx } from "./model-context.ts";
import type { Publication } from "./publication.ts";
import { type Published, publishVersion } from "./publish-version.ts";
import type { Registration } from "./request-schema.ts";
import { parseVersion } from "./semantic-version.ts";
import { discardFiles, publishFiles, type StagedFile, withSources } from "./staged-file.ts";

export type RegisterVersionInput = {
  registration: Registration;
  /** The files are staged and hashed; this use case publishes or discards them, whatever happens. */
  files: StagedFile[];
  idempotencyKey: string | null;
};

/**
 * Registers a version, and its model when it is new. Nothing is visible before everything is stored:
 * facts from the bytes -> blobs durable -> rows, manifest, audit and event in one transaction.
 *
 * Throws `framework_mismatch`, `invalid_model_file`, `unsafe_archive`, `invalid_version`, what
 * `publishVersion` throws, and the storage's errors.
 */
export async function registerVersion(
  ctx: ModelCtx,
  input: RegisterVersionInput,
): Promise<Published> {
  const staged = [...input.files];
  try {
    const { registration } = input;
    assertMayName(ctx, "version.register", registration.name);
    // Checked before the work, so that an impossible version is refused while nothing was read.
    if (registration.version !== undefined) parseVersion(registration.version);
    const files = await expandArchive(ctx, staged);
    const publication = await prepare(ctx, registration, files, input.idempotencyKey);
    const claims = await publishFiles(ctx, files);
    const published = await inModelTransaction(ctx, registration.name, (tx) =>
      publishVersion(tx, ctx, { publication, claims }),
    );
    ctx.counts.forget();
    return published;
  } finally {
    await discardFiles(staged);
  }
}

async function prepare(
  ctx: ModelCtx,
  registration: Registration,
  files: StagedFile[],
  idempotencyKey: string | null,
): Promise<Publication> {
  const facts = await withSources(ctx.blobs, files, (sources) => ctx.facts.read(sources));
  const declared = registration.framework;
  if (declared !== undefined && !frameworkMatches(declared, facts)) {
    throw new RegistryError(
      "framework_mismatch",
      `The framework was given as ${declared}, but the bytes are ${facts.format} (${facts.framework}): ` +
        "leave the framework out, or send the right file.",
      {
        problems: [
          { pointer: "/framework", detail: `the file is ${facts.format} (${facts.framework})` },
        ],
      },
    );
  }
  const { manifest, digest } = buildManifest(
    facts.framework === "other" && declared ? declared : facts.framework,
    registration.metadata ?? {},
    files.map((file) => ({
      path: file.path,
      digest: `sha256:${file.sha256}`,
      size_bytes: file.sizeBytes,
      media_type: mediaTypeOf(file.path),
    })),
  );
  return { registration, manifest, digest, facts, idempotencyKey };
}
