import type { Ctx } from "../context.ts";
import { changeVersion } from "./change-version.ts";
import { assertMay } from "./policy.ts";
import type { Stage, VersionWire } from "./schema.ts";
import { refreshModelFacts } from "./store.ts";

export type SetStageInput = {
  name: string;
  ref: string;
  stage: Stage;
  comment?: string | undefined;
};

/** Moves a version to a stage; other versions keep theirs. Setting the stage it has changes nothing. */
export async function setStage(ctx: Ctx, input: SetStageInput): Promise<VersionWire> {
  assertMay(ctx, "version.promote");
  return changeVersion(ctx, input, async (tx, model, before) => {
    if (before.stage === input.stage) return null;
    await tx.version.update({
      where: { id: before.id },
      data: { stage: input.stage, updatedAt: ctx.now() },
    });
    await refreshModelFacts(tx, model.id, ctx.now());
    return {
      action: "version.staged",
      detail: { before: before.stage, after: input.stage, comment: input.comment ?? null },
    };
  });
}
