import { useTranslations } from "next-intl";
import { Card } from "#components/ui/card.tsx";
import { cn } from "#components/ui/cn.ts";
import type { ComparisonWire } from "#lib/models/compare-schema.ts";

const STYLES: Record<string, string> = {
  "+": "bg-ok-soft text-ok",
  "-": "bg-danger-soft text-danger",
  "@": "bg-sunken text-muted",
};

/** What the README.md of each version has otherwise than the base's, line by line, as text. */
export function CardDiff(props: {
  base: string;
  others: readonly { label: string; comparison: ComparisonWire }[];
  showsAll: boolean;
}) {
  const t = useTranslations("compare.card");
  const shown = props.others.filter(
    ({ comparison: { card } }) => props.showsAll || card.state !== "same",
  );
  return (
    <div id="card" className="min-w-0 scroll-mt-4">
      <Card title={t("heading")} bodyClassName="flex flex-col gap-4">
        {shown.length === 0 && <p className="text-muted">{t("state.same")}</p>}
        {shown.map(({ label, comparison: { card } }) => (
          <div key={label} className="min-w-0">
            <p className="mb-2 flex flex-wrap items-baseline gap-2">
              <span className="font-medium [overflow-wrap:anywhere]">{label}</span>
              <span className="text-muted">{t(`state.${card.state}`)}</span>
            </p>
            {card.diff !== null && (
              <section
                aria-label={t("lines", { from: props.base, to: label })}
                // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
                tabIndex={0}
                className="max-h-[60dvh] overflow-auto rounded-md border border-line py-1 font-mono text-[13px] leading-5"
              >
                {card.diff.split("\n").map((line, at) => (
                  <div
                    // biome-ignore lint/suspicious/noArrayIndexKey: lines repeat, and never change
                    key={at}
                    className={cn(
                      "min-h-5 px-3 whitespace-pre-wrap [overflow-wrap:anywhere]",
                      STYLES[line[0] ?? ""],
                    )}
                  >
                    {line}
                  </div>
                ))}
              </section>
            )}
            {card.is_cut && <p className="mt-2 text-muted">{t("cut")}</p>}
          </div>
        ))}
      </Card>
    </div>
  );
}
