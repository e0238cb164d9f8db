/** Which alerts a silence fits. */
import type { Database } from "#lib/db/client.ts";
import type { AlertSilence } from "#lib/db/generated/client.ts";
import type { TransactionClient } from "#lib/db/transaction.ts";

export type Silence = Pick<AlertSilence, "kind" | "subject" | "endsAt">;

/** Those that hold at a time. */
export function activeSilences(db: Database | TransactionClient, at: Date): Promise<Silence[]> {
  return db.alertSilence.findMany({
    where: { startsAt: { lte: at }, endsAt: { gt: at } },
    select: { kind: true, subject: true, endsAt: true },
  });
}

/** The one that fits and ends last; null where none does. */
export function silenceOf<S extends Silence>(
  alert: { kind: string; subject: string },
  silences: readonly S[],
): S | null {
  return silences
    .filter(({ kind, subject }) => (kind ?? alert.kind) === alert.kind && fits(alert, subject))
    .reduce<S | null>((last, one) => (last && last.endsAt >= one.endsAt ? last : one), null);
}

function fits(alert: { subject: string }, pattern: string): boolean {
  if (!pattern.endsWith("*")) return alert.subject === pattern;
  return alert.subject.startsWith(pattern.slice(0, -1));
}
