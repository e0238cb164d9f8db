import { z } from "zod";
import { assertMay } from "#lib/access/policy.ts";
import { visibleModels } from "#lib/access/visible-models.ts";
import { recordChange } from "#lib/audit/record-change.ts";
import type { Ctx } from "#lib/context.ts";
import { type AlertSilence, Prisma } from "#lib/db/generated/client.ts";
import { inTransaction, type TransactionClient } from "#lib/db/transaction.ts";
import { RegistryError } from "#lib/errors.ts";
import { cursorsOf, rowId } from "#lib/wire/cursor.ts";
import type {
  changeSilenceBody,
  createSilenceBody,
  listSilencesQuery,
  SilenceWire,
} from "./schema.ts";

/** A longer one is forgotten, and with it what nobody was told of. */
const LONGEST_MS = 366 * 24 * 60 * 60 * 1000;

const cursors = cursorsOf("silences", z.tuple([rowId]));

/** The newest first; with `active` only those that hold now, or only those that have ended. */
export async function listSilences(
  ctx: Ctx,
  { active, limit, cursor }: z.output<typeof listSilencesQuery>,
): Promise<{ items: SilenceWire[]; next_cursor: string | null; total: number }> {
  assertMay(ctx, "alert.read");
  const now = ctx.now();
  const before = cursors.decode(cursor);
  const ends = active === undefined ? {} : { endsAt: active ? { gt: now } : { lte: now } };
  const where = { ...ends, ...(await notHidden(ctx)) };
  const [rows, total] = await Promise.all([
    ctx.db.alertSilence.findMany({
      where: before ? { AND: [where, { id: { lt: before[0] } }] } : where,
      orderBy: { id: "desc" },
      take: limit + 1,
    }),
    ctx.db.alertSilence.count({ where }),
  ]);
  const last = rows[limit - 1];
  return {
    items: rows.slice(0, limit).map((row) => silenceToWire(row, now)),
    next_cursor: rows.length > limit && last ? cursors.encode(last.id) : null,
    total,
  };
}

/** Throws `invalid_request` for an end that is no time to come. */
export async function createSilence(
  ctx: Ctx,
  { kind, subject, comment, ends_at }: z.output<typeof createSilenceBody>,
): Promise<SilenceWire> {
  assertMay(ctx, "alert.manage");
  const { id: createdById, name: createdBy } = ctx.actor;
  const startsAt = ctx.now();
  const endsAt = endOf(ctx, ends_at);
  return inTransaction(ctx.db, async (tx) => {
    const row = await tx.alertSilence.create({
      data: { kind, subject, comment, startsAt, endsAt, createdBy, createdById },
    });
    await record(tx, ctx, "silence.set", row);
    return silenceToWire(row, ctx.now());
  });
}

/** Another end, or other words. Throws `silence_not_found`, also for one that has ended. */
export async function changeSilence(
  ctx: Ctx,
  { id, ends_at, comment }: { id: string } & z.output<typeof changeSilenceBody>,
): Promise<SilenceWire> {
  assertMay(ctx, "alert.manage");
  const data = {
    ...(ends_at === undefined ? {} : { endsAt: endOf(ctx, ends_at) }),
    ...(comment === undefined ? {} : { comment }),
  };
  return inTransaction(ctx.db, async (tx) => {
    const row = await update(tx, ctx, id, data);
    await record(tx, ctx, "silence.set", row);
    return silenceToWire(row, ctx.now());
  });
}

/** Ends it now; it stays in the list. Throws `silence_not_found`, also for one that has ended. */
export async function endSilence(ctx: Ctx, { id }: { id: string }): Promise<void> {
  assertMay(ctx, "alert.manage");
  await inTransaction(ctx.db, async (tx) => {
    await record(tx, ctx, "silence.ended", await update(tx, ctx, id, { endsAt: ctx.now() }));
  });
}

async function update(
  tx: TransactionClient,
  ctx: Ctx,
  id: string,
  data: Prisma.AlertSilenceUpdateManyMutationInput,
): Promise<AlertSilence> {
  const [row] = await tx.alertSilence.updateManyAndReturn({
    where: { AND: [{ id: BigInt(id), endsAt: { gt: ctx.now() } }, await notHidden(ctx)] },
    data,
  });
  if (row === undefined)
    throw new RegistryError("silence_not_found", `There is no silence ${id} that holds.`);
  return row;
}

/** A subject may name a model, which is told to nobody who may not see it. */
async function notHidden({ actor, db }: Ctx): Promise<Prisma.AlertSilenceWhereInput> {
  const visible = visibleModels(actor);
  if (visible.isAll) return {};
  const name = Prisma.sql`split_part(rtrim(subject, '*'), '/', 1)`;
  const hidden = await db.$queryRaw<{ id: bigint }[]>`
    select id from alert_silence where not ${visible.sqlOfName(name)}`;
  return { id: { notIn: hidden.map(({ id }) => id) } };
}

function endOf(ctx: Ctx, text: string): Date {
  const end = new Date(text);
  const inMs = end.getTime() - ctx.now().getTime();
  if (inMs > 0 && inMs <= LONGEST_MS) return end;
  const detail = "must be a time to come, within a year";
  throw new RegistryError("invalid_request", `ends_at ${detail}.`, {
    problems: [{ pointer: "/ends_at", detail }],
  });
}

async function record(
  tx: TransactionClient,
  ctx: Ctx,
  action: "silence.set" | "silence.ended",
  row: AlertSilence,
): Promise<void> {
  const { id, kind, subject, comment, ends_at } = silenceToWire(row, ctx.now());
  await recordChange(tx, ctx, {
    action,
    model: null,
    detail: { id, kind, subject, comment, ends_at },
  });
}

function silenceToWire(row: AlertSilence, now: Date): SilenceWire {
  return {
    id: row.id.toString(),
    kind: row.kind,
    subject: row.subject,
    comment: row.comment,
    starts_at: row.startsAt.toISOString(),
    ends_at: row.endsAt.toISOString(),
    created_by: row.createdBy,
    is_active: row.endsAt > now,
  };
}
