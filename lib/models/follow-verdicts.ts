import { raiseAlert, resolveAlert } from "#lib/alerts/raise-alert.ts";
import type { Ctx } from "#lib/context.ts";
import type { TransactionClient } from "#lib/db/transaction.ts";
import type { FindingWire } from "./schema.ts";

type AlertDetail = { verdict?: unknown };

/** Of a version's findings, in its alert; its page has all. */
const FINDINGS_MAX = 5;
/** Verdicts that somebody has to look at. */
const ALARMING = ["malicious", "suspicious"];

/**
 * An alert for each version of the model that does harm, or may, and is not in the trash; those of others end. Within the
 * transaction that registers, rescans, trashes or restores it.
 */
export async function followVerdicts(
  tx: TransactionClient,
  ctx: Pick<Ctx, "now">,
  { id, name }: { id: bigint; name: string },
): Promise<void> {
  const versions = await tx.version.findMany({
    where: {
      modelId: id,
      verdict: { in: ALARMING },
      deletedAt: null,
      purgedAt: null,
      model: { deletedAt: null },
    },
    select: { version: true, verdict: true, findings: true },
  });
  const open = await tx.alert.findMany({
    where: { kind: "scan_finding", modelName: name, resolvedAt: null },
    select: { subject: true, detail: true },
  });
  const known = new Map(open.map(({ subject, detail }) => [subject, detail as AlertDetail]));
  for (const { version, verdict, findings } of versions) {
    const subject = `${name}/${version}`;
    const told = known.get(subject)?.verdict;
    known.delete(subject);
    // An open one says what is so now: a rescan may have found worse, or less.
    if (told === verdict) continue;
    const found = (findings as FindingWire[]).slice(0, FINDINGS_MAX);
    const detail = { verdict, findings: found.map(({ file, detail: what }) => `${file}: ${what}`) };
    await raiseAlert(tx, { kind: "scan_finding", subject, model: name, detail }, ctx.now());
  }
  for (const subject of known.keys()) await resolveAlert(tx, "scan_finding", subject, ctx.now());
}

export function isAlarming(verdict: string): boolean {
  return ALARMING.includes(verdict);
}
