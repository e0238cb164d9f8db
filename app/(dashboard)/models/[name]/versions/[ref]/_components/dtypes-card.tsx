import { useLocale, useTranslations } from "next-intl";
import { Card } from "#components/ui/card.tsx";
import { Count } from "#components/ui/format.tsx";
import { formatShare } from "#components/ui/format-values.ts";

/** How many elements have which type, the most first. */
export function DtypesCard({ dtypes }: { dtypes: Record<string, number> }) {
  const t = useTranslations("version.facts");
  const locale = useLocale();
  const total = Object.values(dtypes).reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  const rows = Object.entries(dtypes).sort(([, a], [, b]) => b - a);
  return (
    <Card title={t("dtypes")}>
      <ul className="flex flex-col gap-2">
        {rows.map(([dtype, count]) => (
          <li key={dtype}>
            <div className="flex justify-between gap-3 tabular-nums">
              <span className="font-mono text-[13px]">{dtype}</span>
              <span>
                <Count value={count} />{" "}
                <span className="text-muted">({formatShare(count / total, locale)})</span>
              </span>
            </div>
            <div aria-hidden className="mt-1 h-1 rounded bg-sunken">
              <div
                className="h-1 rounded bg-accent"
                style={{ width: `${Math.max(1, (100 * count) / total)}%` }}
              />
            </div>
          </li>
        ))}
      </ul>
    </Card>
  );
}
