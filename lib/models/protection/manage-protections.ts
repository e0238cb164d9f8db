import { assertMay } from "#lib/access/policy.ts";
import { visibleModels } from "#lib/access/visible-models.ts";
import { recordChange } from "#lib/audit/record-change.ts";
import type { Ctx } from "#lib/context.ts";
import { Prisma, type Protection } from "#lib/db/generated/client.ts";
import { inTransaction } from "#lib/db/transaction.ts";
import { RegistryError } from "#lib/errors.ts";
import type { MoveKind, ProtectionWire } from "./schema.ts";

export type SetProtectionInput = Omit<ProtectionWire, "id" | "updated_at" | "updated_by">;

/** Those whose pattern the actor could see as a model, by pattern. */
export async function listProtections(ctx: Ctx): Promise<{ items: ProtectionWire[] }> {
  assertMay(ctx, "protection.manage");
  const isSeen = visibleModels(ctx.actor).sqlOfName(Prisma.sql`pattern_key`);
  const seen = await ctx.db.$queryRaw<{ id: bigint }[]>`select id from protection where ${isSeen}`;
  const rows = await ctx.db.protection.findMany({
    where: { id: { in: seen.map(({ id }) => id) } },
    orderBy: [{ patternKey: "asc" }, { kind: "asc" }, { target: "asc" }],
  });
  return { items: rows.map(protectionToWire) };
}

/** Makes a protection, or changes that of the same pattern, kind and target. Throws `forbidden`. */
export async function setProtection(
  ctx: Ctx,
  input: SetProtectionInput,
): Promise<{ created: boolean; protection: ProtectionWire }> {
  assertMay(ctx, "protection.manage");
  const { pattern, kind, target } = input;
  if (!(await mayUse(ctx, pattern))) {
    ctx.refused?.({ permission: "protection.manage", code: "forbidden", model: pattern });
    throw new RegistryError(
      "forbidden",
      `You may not protect ${pattern}: not all of it is yours to see.`,
    );
  }
  const key = { patternKey: pattern.toLowerCase(), kind, target };
  const values = {
    pattern,
    requireClean: input.require_clean,
    rule: input.rule.trim(),
    requireSignature: input.require_same_tensors,
    approvals: input.approvals,
    updatedAt: ctx.now(),
    updatedBy: ctx.actor.name,
    updatedById: ctx.actor.id,
  };
  return inTransaction(ctx.db, async (tx) => {
    const before = await tx.protection.findUnique({ where: { patternKey_kind_target: key } });
    const row = await tx.protection.upsert({
      where: { patternKey_kind_target: key },
      create: { ...key, ...values },
      update: values,
    });
    await recordChange(tx, ctx, {
      action: "protection.set",
      model: nameIn(pattern),
      detail: {
        before: before && requirementsOf(before),
        after: requirementsOf(row),
        pattern,
        kind,
        target,
      },
    });
    return { created: before === null, protection: protectionToWire(row) };
  });
}

/** Throws `protection_not_found`. */
export async function removeProtection(ctx: Ctx, { id }: { id: bigint }): Promise<void> {
  assertMay(ctx, "protection.manage");
  await inTransaction(ctx.db, async (tx) => {
    const row = await tx.protection.findUnique({ where: { id } });
    if (row === null || !(await mayUse(ctx, row.pattern)))
      throw new RegistryError("protection_not_found", `There is no protection ${id}.`);
    await tx.protection.delete({ where: { id } });
    const { pattern, kind, target } = row;
    await recordChange(tx, ctx, {
      action: "protection.removed",
      model: nameIn(pattern),
      detail: { before: requirementsOf(row), after: null, pattern, kind, target },
    });
  });
}

/** The model of the entry, which hides it from whoever may not see that model; null for the beginning of names. */
function nameIn(pattern: string): string | null {
  return pattern.endsWith("*") ? null : pattern;
}

/** A beginning of names is for whoever sees all models that begin so. */
async function mayUse(ctx: Ctx, pattern: string): Promise<boolean> {
  const name = Prisma.sql`${pattern.toLowerCase()}::text`;
  const [row] = await ctx.db.$queryRaw<{ may: boolean }[]>`
    select ${visibleModels(ctx.actor).sqlOfName(name)} as may`;
  return row?.may === true;
}

function requirementsOf(row: Protection) {
  const { require_clean, rule, require_same_tensors, approvals } = protectionToWire(row);
  return { require_clean, rule, require_same_tensors, approvals };
}

function protectionToWire(row: Protection): ProtectionWire {
  return {
    id: row.id.toString(),
    pattern: row.pattern,
    kind: row.kind as MoveKind,
    target: row.target,
    require_clean: row.requireClean,
    rule: row.rule,
    require_same_tensors: row.requireSignature,
    approvals: row.approvals,
    updated_at: row.updatedAt.toISOString(),
    updated_by: row.updatedBy,
  };
}
