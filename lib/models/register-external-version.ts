import type { TransactionClient } from "#lib/db/transaction.ts";
import type { VersionFacts } from "#lib/inspection/version-facts.ts";
import { insertOperation } from "#lib/operations/start-operation.ts";
import { checkMayRegister } from "./check-may-register.ts";
import { inModelTransaction } from "./in-model-transaction.ts";
import { buildManifest } from "./manifest.ts";
import type { ModelCtx } from "./model-context.ts";
import type { Origin } from "./publication.ts";
import { type Published, publishVersion } from "./publish-version.ts";
import type { Registration } from "./request-schema.ts";
import type { VersionWire } from "./schema.ts";
import { parseVersion } from "./semantic-version.ts";

export type RegisterExternalInput = {
  registration: Registration;
  origin: Origin & { location: string };
  /** Whether an operation brings the bytes here (lib/imports). */
  isImported?: boolean;
};

/**
 * Registers a version by its source alone: its bytes are elsewhere, where only its clients reach them. It is never the latest
 * one, and nothing of it can be downloaded. Its model must be there. Throws `model_not_found`, `forbidden`, and what
 * `publishVersion` throws.
 */
export async function registerExternalVersion(
  ctx: ModelCtx,
  { registration, origin, isImported = false }: RegisterExternalInput,
): Promise<Published> {
  await checkMayRegister(ctx, registration.name);
  if (registration.version !== undefined) parseVersion(registration.version);
  const { manifest, digest } = buildManifest("other", registration, []);
  const publication = {
    registration,
    manifest,
    digest,
    facts: { ...externalFacts(), signature: registration.signature ?? null },
    idempotencyKey: null,
    origin,
    isOfKnownModel: true,
  };
  const published = await inModelTransaction(ctx, registration.name, async (tx) => {
    const made = await publishVersion(tx, ctx, { publication, claims: new Map() });
    if (isImported && made.created) await queueImport(tx, ctx, made.version);
    return made;
  });
  ctx.counts.forget();
  return published;
}

/** The version and the work that fills it come to be together. */
async function queueImport(
  tx: TransactionClient,
  ctx: ModelCtx,
  { model, number }: Pick<VersionWire, "model" | "number">,
): Promise<void> {
  const { id } = await insertOperation(tx, ctx, "import", `model:${model}`);
  await tx.version.updateMany({
    where: { model: { name: model }, number },
    data: { importId: id },
  });
}

/** Nobody can look at bytes that are not here. */
export function externalFacts(): VersionFacts {
  return {
    framework: "other",
    format: "unknown",
    parameters: null,
    tensorCount: 0,
    tensorRows: "[]",
    dtypes: {},
    producer: {},
    signature: null,
    files: [],
    scan: { verdict: "unscannable", findings: [] },
  };
}
