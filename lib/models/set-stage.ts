import type { Stage } from "#lib/wire/words.ts";
import { type Acceptance, acceptVerdict } from "./accept-verdict.ts";
import { changeVersion } from "./change-version.ts";
import type { ModelCtx } from "./model-context.ts";
import type { VersionWire } from "./schema.ts";
import { refreshModelFacts } from "./store.ts";

export type SetStageInput = Acceptance & { name: string; ref: string; stage: Stage };

/** The stages whose versions people use. */
const STAGES_IN_USE: readonly Stage[] = ["staging", "production"];

/**
 * Moves a version to a stage; other versions keep theirs. Setting the present stage changes nothing. Throws
 * `version_not_clean` and the not-found errors.
 */
export async function setStage(ctx: ModelCtx, input: SetStageInput): Promise<VersionWire> {
  return changeVersion(ctx, "version.promote", input, async (tx, model, before) => {
    if (before.stage === input.stage) return null;
    const isForUse = STAGES_IN_USE.includes(input.stage);
    const accepted = isForUse ? acceptVerdict(model.name, before, input) : {};
    await tx.version.update({
      where: { id: before.id },
      data: { stage: input.stage, updatedAt: ctx.now() },
    });
    await refreshModelFacts(tx, model.id, ctx.now());
    return {
      action: "version.staged",
      detail: {
        before: before.stage,
        after: input.stage,
        comment: input.comment ?? null,
        ...accepted,
      },
    };
  });
}
