import type { Ctx } from "#lib/context.ts";
import type { MoveDecision, MoveRequest, Prisma } from "#lib/db/generated/client.ts";
import type { MoveCheck, MoveKind, MoveRequestWire } from "./schema.ts";

export const withDecisions = {
  decisions: { orderBy: [{ at: "asc" }, { actorId: "asc" }] },
  version: { select: { version: true } },
  model: { select: { name: true } },
} satisfies Prisma.MoveRequestInclude;

export type RequestRow = MoveRequest & {
  decisions: MoveDecision[];
  version: { version: string };
  model: { name: string };
};

export function requestToWire(
  { actor }: Pick<Ctx, "actor">,
  row: RequestRow,
  checks: MoveCheck[],
  problem: string | null = null,
): MoveRequestWire {
  return {
    id: row.id.toString(),
    model: row.model.name,
    version: row.version.version,
    kind: row.kind as MoveKind,
    target: row.target,
    state: row.state as MoveRequestWire["state"],
    comment: row.comment,
    requested_by: row.requestedBy,
    is_mine: row.requestedById === actor.id,
    created_at: row.createdAt.toISOString(),
    closed_at: row.closedAt?.toISOString() ?? null,
    decisions: row.decisions.map(({ actor, decision, comment, at }) => ({
      actor,
      decision: decision as "approve" | "refuse",
      comment,
      at: at.toISOString(),
    })),
    checks: row.state === "open" ? checks : [],
    problem,
  };
}
