import { recordChange } from "#lib/audit/record-change.ts";
import type { Model } from "#lib/db/generated/client.ts";
import type { TransactionClient } from "#lib/db/transaction.ts";
import { isRegistryError, RegistryError } from "#lib/errors.ts";
import type { Stage } from "#lib/wire/words.ts";
import { inModelTransaction } from "../in-model-transaction.ts";
import type { ModelCtx } from "../model-context.ts";
import { moveAlias } from "../move-alias.ts";
import { setStage } from "../set-stage.ts";
import { lockLiveModel } from "../store.ts";
import { checkMove } from "./check-move.ts";
import { getMoveRequest } from "./list-moves.ts";
import { type RequestRow, withDecisions } from "./request-wire.ts";
import type { MoveRequestWire } from "./schema.ts";

type RequestName = { name: string; id: bigint };
export type DecideMoveInput = RequestName & { decision: "approve" | "refuse"; comment: string };

/**
 * Approves or refuses a request of somebody else. One refusal ends it; with the last approval that is missing the move is made,
 * and where that fails, the answer's `problem` says why. Throws `forbidden` for one's own request, `move_request_closed`,
 * and the not-found errors.
 */
export async function decideMove(ctx: ModelCtx, input: DecideMoveInput): Promise<MoveRequestWire> {
  const { decision, comment } = input;
  const ready = await inModelTransaction(ctx, input.name, async (tx) => {
    const model = await lockLiveModel(tx, ctx, "move.decide", input.name);
    const row = await findOpen(tx, model, input.id);
    if (row.requestedById === ctx.actor.id) {
      ctx.refused?.({ permission: "move.decide", code: "forbidden", model: model.name });
      throw new RegistryError(
        "forbidden",
        "A request is decided by somebody else than who made it.",
      );
    }
    const decided = { decision, comment, actor: ctx.actor.name, at: ctx.now() };
    const key = { requestId: row.id, actorId: ctx.actor.id };
    await tx.moveDecision.upsert({
      where: { requestId_actorId: key },
      create: { ...key, ...decided },
      update: decided,
    });
    if (decision === "refuse") await close(tx, ctx, row, "refused");
    await recordChange(tx, ctx, {
      action: decision === "approve" ? "move.approved" : "move.refused",
      ...detailOf(row, comment),
    });
    if (decision === "refuse") return null;
    const version = await tx.version.findUniqueOrThrow({ where: { id: row.versionId } });
    const move = { model, version, kind: row.kind as "alias" | "stage", target: row.target };
    const { checks } = await checkMove(tx, move);
    return checks.some(({ kind, passes }) => kind === "approvals" && !passes) ? null : row;
  });
  const problem = ready && (await carryOut(ctx, ready));
  return getMoveRequest(ctx, input, problem);
}

/** Takes a request back: who made it, or who may decide about it. */
export async function withdrawMove(ctx: ModelCtx, input: RequestName): Promise<void> {
  await inModelTransaction(ctx, input.name, async (tx) => {
    const model = await lockLiveModel(tx, ctx, "version.promote", input.name);
    const row = await findOpen(tx, model, input.id);
    if (row.requestedById !== ctx.actor.id) await lockLiveModel(tx, ctx, "move.decide", input.name);
    await close(tx, ctx, row, "withdrawn");
    await recordChange(tx, ctx, { action: "move.withdrawn", ...detailOf(row, "") });
  });
}

/** Makes the move as whoever gave the last approval; gives why it could not be made, null when it was. */
async function carryOut(ctx: ModelCtx, row: RequestRow): Promise<string | null> {
  const { comment, acceptRisk: accept_risk, target } = row;
  const { name } = row.model;
  const { version } = row.version;
  try {
    if (row.kind === "alias")
      await moveAlias(ctx, { name, alias: target, version, comment, accept_risk });
    else await setStage(ctx, { name, ref: version, stage: target as Stage, comment, accept_risk });
    return null;
  } catch (error) {
    if (!isRegistryError(error)) throw error;
    return error.detail;
  }
}

async function findOpen(tx: TransactionClient, model: Model, id: bigint): Promise<RequestRow> {
  const row = await tx.moveRequest.findFirst({
    where: { id, modelId: model.id },
    include: withDecisions,
  });
  if (row === null)
    throw new RegistryError("move_request_not_found", `${model.name} has no request ${id}.`);
  if (row.state === "open") return row;
  throw new RegistryError("move_request_closed", `The request ${id} is ${row.state}.`);
}

function close(tx: TransactionClient, ctx: ModelCtx, row: RequestRow, state: string) {
  return tx.moveRequest.update({ where: { id: row.id }, data: { state, closedAt: ctx.now() } });
}

function detailOf(row: RequestRow, comment: string) {
  const { kind, target } = row;
  return {
    model: row.model.name,
    version: row.version.version,
    detail: { request: row.id.toString(), kind, target, requested_by: row.requestedBy, comment },
  };
}
