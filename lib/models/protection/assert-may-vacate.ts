import { may } from "#lib/access/policy.ts";
import type { Ctx } from "#lib/context.ts";
import type { Model, Version } from "#lib/db/generated/client.ts";
import type { TransactionClient } from "#lib/db/transaction.ts";
import { RegistryError } from "#lib/errors.ts";
import { findProtections } from "./check-move.ts";

/**
 * A version is about to give up an alias: only who may change the protection empties a protected one. Throws
 * `move_protected`.
 */
export async function assertMayVacateAlias(
  tx: TransactionClient,
  ctx: Ctx,
  model: Model,
  alias: string,
): Promise<void> {
  if (may(ctx, "protection.manage")) return;
  const protections = await findProtections(tx, model, { kind: "alias", target: alias });
  if (protections.length > 0) throw vacated(model, "alias", alias);
}

/**
 * A version is about to leave its stage. Where a protection compares tensors with the version that is there, the last one
 * would let the next one in unchecked. Throws `move_protected`.
 */
export async function assertMayVacateStage(
  tx: TransactionClient,
  ctx: Ctx,
  model: Model,
  { id, stage }: Pick<Version, "id" | "stage">,
): Promise<void> {
  if (stage === "none" || may(ctx, "protection.manage")) return;
  const protections = await findProtections(tx, model, { kind: "stage", target: stage });
  if (!protections.some(({ requireSignature }) => requireSignature)) return;
  const others = { modelId: model.id, stage, deletedAt: null, id: { not: id } };
  if ((await tx.version.count({ where: others })) === 0) throw vacated(model, "stage", stage);
}

/** A version is about to be gone, with its aliases and its stage. Throws `move_protected`. */
export async function assertMayVacate(
  tx: TransactionClient,
  ctx: Ctx,
  model: Model,
  version: Pick<Version, "id" | "stage">,
): Promise<void> {
  const aliases = await tx.alias.findMany({ where: { versionId: version.id } });
  for (const { alias } of aliases) await assertMayVacateAlias(tx, ctx, model, alias);
  await assertMayVacateStage(tx, ctx, model, version);
}

function vacated({ name }: Model, kind: string, target: string): RegistryError {
  return new RegistryError(
    "move_protected",
    `The ${kind} ${target} of ${name} is protected: only who may change its protection empties it.`,
  );
}
