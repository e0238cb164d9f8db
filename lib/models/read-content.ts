import { RegistryError } from "#lib/errors.ts";
import { frameworkMatches } from "#lib/formats/framework-match.ts";
import { frameworkVersionOf } from "#lib/formats/framework-version.ts";
import { assertSupported } from "./framework-support.ts";
import type { Content } from "./insert-version.ts";
import { buildManifest } from "./manifest.ts";
import { mediaTypeOf } from "./media-type.ts";
import type { ModelCtx } from "./model-context.ts";
import type { Registration } from "./request-schema.ts";
import { type StagedFile, withSources } from "./staged-file.ts";

/**
 * The facts of staged files and their manifest, with what the client said of them: `framework`, `metadata` and `signature`. Throws
 * `framework_mismatch`, `framework_version_unsupported`, `invalid_model_file`.
 */
export async function readContent(
  ctx: ModelCtx,
  registration: Pick<Registration, "framework" | "metadata" | "signature">,
  files: StagedFile[],
): Promise<Content> {
  const read = await withSources(ctx.blobs, files, (sources) => ctx.facts.read(sources));
  const facts = { ...read, signature: registration.signature ?? read.signature };
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
  const framework = facts.framework === "other" && declared ? declared : facts.framework;
  const version = frameworkVersionOf({ framework, producer: facts.producer });
  assertSupported(ctx.config.frameworks, { framework, version });
  const { manifest, digest } = buildManifest(
    framework,
    registration,
    files.map((file) => ({
      path: file.path,
      digest: `sha256:${file.sha256}`,
      size_bytes: file.sizeBytes,
      media_type: mediaTypeOf(file.path),
    })),
  );
  return { manifest, digest, facts };
}
