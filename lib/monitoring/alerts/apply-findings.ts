import { raiseAlert, resolveAlert } from "#lib/alerts/raise-alert.ts";
import type { TransactionClient } from "#lib/db/transaction.ts";
import { type Finding, MEASURED_KINDS, type MeasuredKind } from "./finding.ts";

const keyOf = ({ kind, subject }: { kind: string; subject: string }) => `${kind} ${subject}`;

/**
 * Opens the alerts whose condition was met by this sample and the one before, and ends those whose condition was met by
 * neither, not even nearly. `at` is the start of this sample's interval.
 */
export async function applyFindings(
  tx: TransactionClient,
  findings: readonly Finding[],
  { at, now }: { at: Date; now: Date },
): Promise<void> {
  const [before] = await tx.$queryRaw<{ findings: Finding[] | null }[]>`
    select findings from monitoring_sample
    where tier = 0 and server = '' and at < ${at} order by at desc limit 1`;
  const levels = (from: readonly Finding[]) =>
    new Map(from.map((each) => [keyOf(each), each.level]));
  const earlier = levels(before?.findings ?? []);
  const current = levels(findings);
  for (const { level, ...alert } of findings)
    if (level === "over" && earlier.get(keyOf(alert)) === "over") await raiseAlert(tx, alert, now);
  if (before === undefined) return;
  const open = await tx.alert.findMany({
    where: { resolvedAt: null, kind: { in: [...MEASURED_KINDS] } },
    select: { kind: true, subject: true },
  });
  for (const alert of open)
    if (!current.has(keyOf(alert)) && !earlier.has(keyOf(alert)))
      await resolveAlert(tx, alert.kind as MeasuredKind, alert.subject, now);
}
