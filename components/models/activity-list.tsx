"use client";

import { useTranslations } from "next-intl";
import { RelativeTime } from "#components/ui/format.tsx";
import { VerdictBadge } from "#components/versions/verdict-badge.tsx";
import type { AuditEntryWire } from "#lib/audit/schema.ts";
import { verdictSchema } from "#lib/wire/words.ts";
import { activitySentence } from "./activity-sentence.ts";

/** What was done, by whom and when, newest first. */
export function ActivityList({ entries }: { entries: readonly AuditEntryWire[] }) {
  const t = useTranslations("model.activity");
  const common = useTranslations("common");
  const stage = (value: string) =>
    value === "none" || value === "staging" || value === "production" || value === "archived"
      ? common(`stage.${value}`)
      : value;
  const verdict = (value: string) => {
    const known = verdictSchema.safeParse(value).data;
    return known ? common(`verdict.${known}`) : value;
  };
  return (
    <ol className="rounded-lg border border-line bg-surface">
      {entries.map((entry) => {
        const { key, values, comment, accepted } = activitySentence(entry, stage, verdict);
        return (
          <li
            key={entry.id}
            className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-0.5 border-line border-b px-4 py-2.5 last:border-b-0"
          >
            <div className="min-w-0 flex-1 basis-64 [overflow-wrap:anywhere]">
              <p>{t(key, values)}</p>
              {accepted && (
                <p className="mt-1 flex flex-wrap items-center gap-1.5">
                  <VerdictBadge verdict={accepted} /> {t("accepted")}
                </p>
              )}
              {comment && <p className="mt-0.5 text-muted">“{comment}”</p>}
            </div>
            <p className="text-muted text-xs">
              {entry.actor} · <RelativeTime value={entry.at} />
            </p>
          </li>
        );
      })}
    </ol>
  );
}
