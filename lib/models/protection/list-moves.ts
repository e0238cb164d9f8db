import { z } from "zod";
import { mayOn } from "#lib/access/policy.ts";
import type { Model, Version } from "#lib/db/generated/client.ts";
import { RegistryError } from "#lib/errors.ts";
import { cursorsOf, rowId } from "#lib/wire/cursor.ts";
import type { ModelCtx } from "../model-context.ts";
import { getLiveModel, resolveRef } from "../store.ts";
import { checkMove, findProtections } from "./check-move.ts";
import { type RequestRow, requestToWire, withDecisions } from "./request-wire.ts";
import type {
  MoveCheck,
  MoveKind,
  MoveRequestWire,
  PossibleMovesWire,
  PossibleMoveWire,
} from "./schema.ts";

const cursors = cursorsOf("move-requests", z.tuple([rowId]));

/** A model's requests, the newest first. Throws `model_not_found`. */
export async function listMoveRequests(
  ctx: ModelCtx,
  input: { name: string; state?: string | undefined; limit: number; cursor?: string | undefined },
): Promise<{ items: MoveRequestWire[]; next_cursor: string | null; total: number }> {
  const model = await getLiveModel(ctx, "model.read", input.name);
  const after = cursors.decode(input.cursor);
  const where = { modelId: model.id, ...(input.state ? { state: input.state } : {}) };
  const [rows, total] = await Promise.all([
    ctx.db.moveRequest.findMany({
      where: { ...where, ...(after ? { id: { lt: after[0] } } : {}) },
      orderBy: { id: "desc" },
      take: input.limit + 1,
      include: withDecisions,
    }),
    ctx.db.moveRequest.count({ where }),
  ]);
  const items: MoveRequestWire[] = [];
  for (const row of rows.slice(0, input.limit))
    items.push(requestToWire(ctx, row, await checksOf(ctx, model, row)));
  const last = items.at(-1);
  return {
    items,
    next_cursor: rows.length > input.limit && last ? cursors.encode(last.id) : null,
    total,
  };
}

/** Throws `move_request_not_found` and `model_not_found`. */
export async function getMoveRequest(
  ctx: ModelCtx,
  { name, id }: { name: string; id: bigint },
  problem: string | null = null,
): Promise<MoveRequestWire> {
  const model = await getLiveModel(ctx, "model.read", name);
  const row = await ctx.db.moveRequest.findFirst({
    where: { id, modelId: model.id },
    include: withDecisions,
  });
  if (row === null)
    throw new RegistryError("move_request_not_found", `${model.name} has no request ${id}.`);
  return requestToWire(ctx, row, await checksOf(ctx, model, row), problem);
}

/** The protected moves that a version could make, with what each requires. Throws the not-found errors. */
export async function listPossibleMoves(
  ctx: ModelCtx,
  { name, ref }: { name: string; ref: string },
): Promise<PossibleMovesWire> {
  const model = await getLiveModel(ctx, "model.read", name);
  const id = await resolveRef(ctx.db, model, ref);
  const version = await ctx.db.version.findUniqueOrThrow({
    where: { id },
    include: { aliases: { select: { alias: true } } },
  });
  const protections = await findProtections(ctx.db, model);
  const moves = new Map(
    protections.map(({ kind, target }) => [`${kind} ${target}`, { kind, target }]),
  );
  const items: PossibleMoveWire[] = [];
  for (const { kind, target } of moves.values())
    items.push(await possibleMove(ctx, { model, version, kind: kind as MoveKind, target }));
  return {
    items,
    may_move: mayOn(ctx, "version.promote", model),
    may_decide: mayOn(ctx, "move.decide", model),
  };
}

async function possibleMove(
  ctx: ModelCtx,
  move: {
    model: Model;
    version: Version & { aliases: { alias: string }[] };
    kind: MoveKind;
    target: string;
  },
): Promise<PossibleMoveWire> {
  const { version, kind, target } = move;
  const { checks, approvals } = await checkMove(ctx.db, move);
  const row = await ctx.db.moveRequest.findFirst({
    where: { versionId: version.id, kind, target },
    orderBy: { id: "desc" },
    include: withDecisions,
  });
  const isThere =
    kind === "stage"
      ? version.stage === target
      : version.aliases.some(({ alias }) => alias === target);
  return {
    kind,
    target,
    is_there: isThere,
    approvals,
    checks,
    request: row && requestToWire(ctx, row, checks),
  };
}

async function checksOf(ctx: ModelCtx, model: Model, row: RequestRow): Promise<MoveCheck[]> {
  if (row.state !== "open") return [];
  const version = await ctx.db.version.findUniqueOrThrow({ where: { id: row.versionId } });
  const move = { model, version, kind: row.kind as MoveKind, target: row.target };
  return (await checkMove(ctx.db, move)).checks;
}
