import { recordChange } from "#lib/audit/record-change.ts";
import { isUniqueViolation } from "#lib/db/database-errors.ts";
import { RegistryError } from "#lib/errors.ts";
import { inModelTransaction } from "../in-model-transaction.ts";
import type { ModelCtx } from "../model-context.ts";
import { lockLiveModel, resolveRef } from "../store.ts";
import { checkMove } from "./check-move.ts";
import { requestToWire, withDecisions } from "./request-wire.ts";
import type { MoveKind, MoveRequestWire } from "./schema.ts";

export type RequestMoveInput = {
  name: string;
  version: string;
  kind: MoveKind;
  target: string;
  comment: string;
  accept_risk: boolean;
};

/**
 * Asks others to approve a move. What else the protection requires need not be met yet; it must be when the move is made.
 * Throws `move_not_protected` where no approval is needed, `move_request_exists`, and the not-found errors.
 */
export async function requestMove(
  ctx: ModelCtx,
  input: RequestMoveInput,
): Promise<MoveRequestWire> {
  const { kind, target, comment } = input;
  try {
    return await inModelTransaction(ctx, input.name, async (tx) => {
      const model = await lockLiveModel(tx, ctx, "version.promote", input.name);
      const versionId = await resolveRef(tx, model, input.version);
      const version = await tx.version.findUniqueOrThrow({ where: { id: versionId } });
      const { approvals } = await checkMove(tx, { model, version, kind, target });
      if (approvals === 0)
        throw new RegistryError(
          "move_not_protected",
          `The ${kind} ${target} of ${model.name} needs no approval: move it.`,
        );
      const row = await tx.moveRequest.create({
        data: {
          modelId: model.id,
          versionId,
          kind,
          target,
          comment,
          acceptRisk: input.accept_risk,
          requestedBy: ctx.actor.name,
          requestedById: ctx.actor.id,
          createdAt: ctx.now(),
        },
        include: withDecisions,
      });
      await recordChange(tx, ctx, {
        action: "move.requested",
        model: model.name,
        version: version.version,
        detail: { request: row.id.toString(), kind, target, comment },
      });
      const { checks } = await checkMove(tx, { model, version, kind, target });
      return requestToWire(ctx, row, checks);
    });
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new RegistryError(
      "move_request_exists",
      `This move of ${input.name} is asked for already.`,
      { cause: error },
    );
  }
}
