import { recordChange } from "#lib/audit/record-change.ts";
import type { Model, Version } from "#lib/db/generated/client.ts";
import type { TransactionClient } from "#lib/db/transaction.ts";
import type { Stage } from "#lib/wire/words.ts";
import { type Acceptance, acceptVerdict } from "./accept-verdict.ts";
import { changeVersion } from "./change-version.ts";
import type { ModelCtx } from "./model-context.ts";
import { assertMayVacateStage } from "./protection/assert-may-vacate.ts";
import { assertMoveAllowed, closeDoneRequest } from "./protection/check-move.ts";
import { queueRecords } from "./queue-records.ts";
import type { VersionWire } from "./schema.ts";
import { refreshModelFacts } from "./store.ts";

export type SetStageInput = Acceptance & {
  name: string;
  ref: string;
  stage: Stage;
  /** The versions that are in the stage now go to `archived`. */
  archiveOthers?: boolean;
};

/** The stages whose versions people use. */
const STAGES_IN_USE: readonly Stage[] = ["staging", "production"];

/**
 * Moves a version to a stage; other versions keep theirs, unless they are to be archived. Setting the present stage changes
 * nothing. Throws `move_protected`, `version_not_clean` and the not-found errors.
 */
export async function setStage(given: ModelCtx, input: SetStageInput): Promise<VersionWire> {
  // All that moves moves at one moment, by which lists order it.
  const now = given.now();
  const ctx = { ...given, now: () => now };
  return changeVersion(ctx, "version.promote", input, async (tx, model, before) => {
    // The others leave last: what the stage requires is compared with them.
    const detail = await moveToStage(tx, ctx, { model, version: before, input });
    if (input.archiveOthers) await archiveOthers(tx, ctx, { model, version: before, input });
    if (detail !== null || input.archiveOthers) await refreshModelFacts(tx, model.id, ctx.now());
    return detail === null ? null : { action: "version.staged", detail };
  });
}

type Moved = { model: Model; version: Version; input: SetStageInput };

/** Gives what the audit says of it, null where the version is in the stage already. */
async function moveToStage(tx: TransactionClient, ctx: ModelCtx, { model, version, input }: Moved) {
  if (version.stage === input.stage) return null;
  const move = { model, version, kind: "stage", target: input.stage } as const;
  await assertMayVacateStage(tx, ctx, model, version);
  const request = await assertMoveAllowed(tx, move);
  const isForUse = STAGES_IN_USE.includes(input.stage);
  const accepted = isForUse ? acceptVerdict(model.name, version, input) : {};
  await tx.version.update({
    where: { id: version.id },
    data: { stage: input.stage, updatedAt: ctx.now() },
  });
  return {
    before: version.stage,
    after: input.stage,
    comment: input.comment ?? null,
    ...accepted,
    ...(await closeDoneRequest(tx, ctx, request)),
  };
}

/** Each is a move of its own, with what that requires, and an entry of its own in the audit log. */
async function archiveOthers(
  tx: TransactionClient,
  ctx: ModelCtx,
  { model, version, input }: Moved,
): Promise<void> {
  const others = await tx.version.findMany({
    where: { modelId: model.id, stage: input.stage, deletedAt: null, id: { not: version.id } },
    orderBy: { number: "asc" },
  });
  for (const other of others) {
    const archived = { ...input, stage: "archived" as const };
    const detail = await moveToStage(tx, ctx, { model, version: other, input: archived });
    if (detail === null) continue;
    const change = { action: "version.staged", model: model.name, version: other.version } as const;
    await recordChange(tx, ctx, { ...change, detail });
    await queueRecords(tx, model, other.id);
  }
}
