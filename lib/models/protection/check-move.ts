/** What protections require of a move, and whether the version meets it. */
import { ROLES } from "#lib/access/actor.ts";
import { PERMISSIONS } from "#lib/access/policy.ts";
import type { Ctx } from "#lib/context.ts";
import type { Model, MoveRequest, Protection, Version } from "#lib/db/generated/client.ts";
import type { TransactionClient } from "#lib/db/transaction.ts";
import { type FieldProblem, RegistryError } from "#lib/errors.ts";
import { checkRule } from "./metadata-rule.ts";
import type { MoveCheck, MoveKind } from "./schema.ts";

const DECIDING_ROLES = ROLES.slice(ROLES.indexOf(PERMISSIONS["move.decide"].role));

export type Move = { model: Model; version: Version; kind: MoveKind; target: string };
export type CheckedMove = {
  protections: Protection[];
  checks: MoveCheck[];
  /** How many are needed. */
  approvals: number;
  /** The open one. */
  request: MoveRequest | null;
};

/** The protections that a model's alias or stage has: by its name, and by beginnings of it. */
export async function findProtections(
  tx: TransactionClient,
  model: Pick<Model, "nameKey">,
  move?: Pick<Move, "kind" | "target">,
): Promise<Protection[]> {
  const found = await tx.$queryRaw<{ id: bigint }[]>`
    select id from protection
    where (pattern_key = ${model.nameKey}
      or (right(pattern_key, 1) = '*' and ${model.nameKey} ^@ left(pattern_key, -1)))`;
  if (found.length === 0) return [];
  const rows = await tx.protection.findMany({
    where: { id: { in: found.map(({ id }) => id) }, ...(move ? { kind: move.kind } : {}) },
    orderBy: [{ kind: "asc" }, { target: "asc" }, { id: "asc" }],
  });
  // `Prod` is another alias than `prod`, but people take one for the other.
  const target = move?.target.toLowerCase();
  return rows.filter((row) => target === undefined || row.target.toLowerCase() === target);
}

export async function checkMove(tx: TransactionClient, move: Move): Promise<CheckedMove> {
  const { model, version, kind, target } = move;
  const protections = await findProtections(tx, model, { kind, target });
  const request = await tx.moveRequest.findFirst({
    where: { versionId: version.id, kind, target, state: "open" },
  });
  const checks: MoveCheck[] = [];
  if (protections.some(({ requireClean }) => requireClean))
    checks.push({
      kind: "verdict",
      passes: version.verdict === "clean",
      wanted: "clean",
      found: version.verdict,
    });
  for (const { rule } of protections)
    for (const { text, passes, found } of checkRule(rule, version.metadata))
      checks.push({ kind: "metadata", passes, wanted: text, found });
  if (protections.some(({ requireSignature }) => requireSignature))
    checks.push(await checkTensors(tx, move));
  const approvals = Math.max(0, ...protections.map((protection) => protection.approvals));
  if (approvals > 0) {
    const given = request ? await countApprovals(tx, request) : 0;
    checks.push({
      kind: "approvals",
      passes: given >= approvals,
      wanted: String(approvals),
      found: String(given),
    });
  }
  return { protections, checks, approvals, request };
}

/**
 * Those of people who may still decide: whoever has been disabled, or has lost the role and the grant since, does not count. A registry
 * without accounts knows nobody.
 */
async function countApprovals(tx: TransactionClient, request: MoveRequest): Promise<number> {
  const [row] = await tx.$queryRaw<{ count: bigint }[]>`
    select count(*) as count from move_decision d left join account a on a.id::text = d.actor_id
    where d.request_id = ${request.id} and d.decision = 'approve' and (a.id is null
      or (a.disabled_at is null and (a.role = any(${DECIDING_ROLES}::text[])
        or exists (select from model_grant g where g.model_id = ${request.modelId} and g.level = ${PERMISSIONS["move.decide"].level}
          and (g.account_id = a.id or g.group_id in (select group_id from membership where account_id = a.id))))))`;
  return Number(row?.count ?? 0);
}

/** Throws `move_protected`, which says what is missing. Returns the request that the move carries out, if there is one. */
export async function assertMoveAllowed(
  tx: TransactionClient,
  move: Move,
): Promise<MoveRequest | null> {
  const { checks, request } = await checkMove(tx, move);
  const failed = checks.filter(({ passes }) => !passes);
  if (failed.length === 0) return request;
  const { model, version, kind, target } = move;
  const problems = failed.map(
    (check): FieldProblem => ({ pointer: `/${check.kind}`, detail: sentenceOf(check) }),
  );
  throw new RegistryError(
    "move_protected",
    `The ${kind} ${target} of ${model.name} is protected, and ${version.version} does not meet it: ${problems.map(({ detail }) => detail).join("; ")}.`,
    { problems },
  );
}

/** The move is made: its request is done. Gives what the audit entry says of it. */
export async function closeDoneRequest(
  tx: TransactionClient,
  ctx: Pick<Ctx, "now">,
  request: MoveRequest | null,
): Promise<Record<string, unknown>> {
  if (request === null) return {};
  await tx.moveRequest.update({
    where: { id: request.id },
    data: { state: "done", closedAt: ctx.now() },
  });
  return { request: request.id.toString(), requested_by: request.requestedBy };
}

function sentenceOf({ kind, wanted, found }: MoveCheck): string {
  if (kind === "verdict") return `the verdict is ${found}, not ${wanted}`;
  if (kind === "metadata") return `${wanted} does not hold, the metadata has ${found ?? "nothing"}`;
  if (kind === "tensors") return `${found} tensors differ from those of ${wanted}`;
  return `${found} of ${wanted} approvals are given`;
}

/** The tensors of the version and of the one that holds the alias, or is in the stage, now. */
async function checkTensors(tx: TransactionClient, move: Move): Promise<MoveCheck> {
  const holder = await findHolder(tx, move);
  if (holder === null || holder.id === move.version.id)
    return { kind: "tensors", passes: true, wanted: null, found: null };
  const [difference] = await tx.$queryRaw<{ count: bigint }[]>`
    with mine as (select name, dtype, shape from tensor
        where version_id = ${move.version.id} and tensor_group is null),
      theirs as (select name, dtype, shape from tensor
        where version_id = ${holder.id} and tensor_group is null)
    select count(distinct name) as count from (
      (select * from mine except select * from theirs)
      union all (select * from theirs except select * from mine)) as different`;
  const count = Number(difference?.count ?? 0);
  return { kind: "tensors", passes: count === 0, wanted: holder.version, found: String(count) };
}

async function findHolder(
  tx: TransactionClient,
  { model, version, kind, target }: Move,
): Promise<Pick<Version, "id" | "version"> | null> {
  if (kind === "alias") {
    const alias = await tx.alias.findUnique({
      where: { modelId_alias: { modelId: model.id, alias: target } },
      include: { version: true },
    });
    return alias?.version ?? null;
  }
  return tx.version.findFirst({
    where: { modelId: model.id, stage: target, deletedAt: null, id: { not: version.id } },
    orderBy: [{ precedence: "desc" }, { number: "desc" }],
  });
}
