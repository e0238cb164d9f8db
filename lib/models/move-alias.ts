import { recordChange } from "#lib/audit/record-change.ts";
import { RegistryError } from "#lib/errors.ts";
import { type Acceptance, acceptVerdict } from "./accept-verdict.ts";
import { inModelTransaction } from "./in-model-transaction.ts";
import type { ModelCtx } from "./model-context.ts";
import { assertMayVacateAlias } from "./protection/assert-may-vacate.ts";
import { assertMoveAllowed, closeDoneRequest } from "./protection/check-move.ts";
import { queueRecords } from "./queue-records.ts";
import type { AliasWire } from "./schema.ts";
import { lockLiveModel, resolveRef } from "./store.ts";

export type MoveAliasInput = Acceptance & { name: string; alias: string; version: string };

/**
 * Points an alias at a version (given as any ref), making it if it is new. Every move is kept; moving
 * it to where it points already changes nothing. Throws `move_protected`, `version_not_clean` and the not-found errors.
 */
export async function moveAlias(ctx: ModelCtx, input: MoveAliasInput): Promise<AliasWire> {
  return inModelTransaction(ctx, input.name, async (tx) => {
    const model = await lockLiveModel(tx, ctx, "version.promote", input.name);
    const versionId = await resolveRef(tx, model, input.version);
    const target = await tx.version.findUniqueOrThrow({ where: { id: versionId } });
    const key = { modelId_alias: { modelId: model.id, alias: input.alias } };
    const before = await tx.alias.findUnique({ where: key, include: { version: true } });
    if (before?.versionId === versionId) return toWire(model.name, target.version, before);
    const move = { model, version: target, kind: "alias", target: input.alias } as const;
    const request = await assertMoveAllowed(tx, move);
    const accepted = acceptVerdict(model.name, target, input);
    const stamp = {
      versionId,
      updatedAt: ctx.now(),
      updatedBy: ctx.actor.name,
      updatedById: ctx.actor.id,
    };
    const row = await tx.alias.upsert({
      where: key,
      create: { modelId: model.id, alias: input.alias, ...stamp },
      update: stamp,
    });
    const from = before?.version.version ?? null;
    await tx.aliasEvent.create({
      data: {
        modelId: model.id,
        alias: input.alias,
        fromVersion: from,
        toVersion: target.version,
        at: ctx.now(),
        actor: ctx.actor.name,
        actorId: ctx.actor.id,
      },
    });
    await recordChange(tx, ctx, {
      action: "alias.moved",
      model: model.name,
      version: target.version,
      detail: {
        alias: input.alias,
        before: from,
        after: target.version,
        ...(input.comment ? { comment: input.comment } : {}),
        ...accepted,
        ...(await closeDoneRequest(tx, ctx, request)),
      },
    });
    await queueRecords(tx, model);
    return toWire(model.name, target.version, row);
  });
}

/** A protected one is removed by whoever may change the protection. Throws `alias_not_found`, `move_protected`. */
export async function removeAlias(
  ctx: ModelCtx,
  input: { name: string; alias: string },
): Promise<void> {
  await inModelTransaction(ctx, input.name, async (tx) => {
    const model = await lockLiveModel(tx, ctx, "version.promote", input.name);
    const key = { modelId_alias: { modelId: model.id, alias: input.alias } };
    const before = await tx.alias.findUnique({ where: key, include: { version: true } });
    if (before === null) {
      throw new RegistryError("alias_not_found", `${model.name} has no alias ${input.alias}.`);
    }
    await assertMayVacateAlias(tx, ctx, model, input.alias);
    await tx.alias.delete({ where: key });
    await tx.aliasEvent.create({
      data: {
        modelId: model.id,
        alias: input.alias,
        fromVersion: before.version.version,
        toVersion: null,
        at: ctx.now(),
        actor: ctx.actor.name,
        actorId: ctx.actor.id,
      },
    });
    await recordChange(tx, ctx, {
      action: "alias.removed",
      model: model.name,
      version: before.version.version,
      detail: { alias: input.alias },
    });
    await queueRecords(tx, model);
  });
}

function toWire(
  model: string,
  version: string,
  row: { alias: string; updatedAt: Date; updatedBy: string },
): AliasWire {
  return {
    alias: row.alias,
    model,
    version,
    updated_at: row.updatedAt.toISOString(),
    updated_by: row.updatedBy,
  };
}
