import { withCurrentActor } from "#lib/context.ts";
import { checkMayRegister } from "./check-may-register.ts";
import { expandArchive } from "./expand-archive.ts";
import { inModelTransaction } from "./in-model-transaction.ts";
import type { ModelCtx } from "./model-context.ts";
import type { Publication } from "./publication.ts";
import { type Published, publishVersion } from "./publish-version.ts";
import { readContent } from "./read-content.ts";
import type { Registration } from "./request-schema.ts";
import { parseVersion } from "./semantic-version.ts";
import { discardFiles, publishFiles, type StagedFile } from "./staged-file.ts";

export type RegisterVersionInput = {
  registration: Registration;
  /** The files are staged and hashed; this use case publishes or discards them, whatever happens. */
  files: StagedFile[];
  idempotencyKey: string | null;
} & Pick<Publication, "origin" | "isOfKnownModel">;

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
    await checkMayRegister(ctx, registration.name);
    // Checked before the work, so that an impossible version is refused while nothing was read.
    if (registration.version !== undefined) parseVersion(registration.version);
    const files = await expandArchive(ctx, staged);
    const publication = {
      registration,
      ...(await readContent(ctx, registration, files)),
      idempotencyKey: input.idempotencyKey,
      origin: input.origin,
      isOfKnownModel: input.isOfKnownModel,
    };
    const claims = await publishFiles(ctx, files);
    // Receiving and reading the bytes may have taken hours.
    const current = await withCurrentActor(ctx);
    const published = await inModelTransaction(current, registration.name, (tx) =>
      publishVersion(tx, current, { publication, claims }),
    );
    ctx.counts.forget();
    // The first version makes the model, which somebody owns from then on.
    const isNewModel = published.created && published.version.number === 1;
    if (isNewModel && ctx.credential !== null) await ctx.accounts.forgetEverywhere();
    return published;
  } finally {
    await discardFiles(staged);
  }
}
