import { Check, CircleHelp, TriangleAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import { Badge, type Tone } from "#components/ui/badge.tsx";
import { Card } from "#components/ui/card.tsx";
import type { ComparisonWire } from "#lib/models/compare-schema.ts";

type Verdict = ComparisonWire["signature"]["verdict"];

const TONES: Record<Verdict, Tone> = {
  identical: "ok",
  compatible: "ok",
  incompatible: "danger",
  unknown: "neutral",
};

export function SignatureVerdict({ verdict }: { verdict: Verdict }) {
  const t = useTranslations("compare.signature");
  const Icon =
    verdict === "unknown" ? CircleHelp : verdict === "incompatible" ? TriangleAlert : Check;
  return (
    <Badge tone={TONES[verdict]}>
      <Icon aria-hidden className="size-3.5" />
      {t(`verdict.${verdict}`)}
    </Badge>
  );
}

/** Whether callers of the base can call each of the others, and why not. */
export function ComparedSignatures(props: {
  others: readonly { label: string; comparison: ComparisonWire }[];
}) {
  const t = useTranslations("compare.signature");
  return (
    <div id="signature" className="min-w-0 scroll-mt-4">
      <Card title={t("heading")} bodyClassName="flex flex-col gap-4">
        {props.others.map(({ label, comparison: { signature } }) => (
          <div key={label} className="min-w-0">
            <p className="flex flex-wrap items-center gap-2">
              <span className="font-medium [overflow-wrap:anywhere]">{label}</span>
              <SignatureVerdict verdict={signature.verdict} />
              <span className="text-muted">{t(`hint.${signature.verdict}`)}</span>
            </p>
            {signature.changes.length > 0 && (
              <ul className="mt-2 flex list-disc flex-col gap-1 pl-5">
                {signature.changes.map(({ kind, name, from, to, is_compatible }) => (
                  <li key={`${kind} ${name}`} className="[overflow-wrap:anywhere]">
                    {t(`change.${kind}`, { name, from: from ?? "", to: to ?? "" })}{" "}
                    <span className={is_compatible ? "text-ok" : "text-danger"}>
                      {is_compatible ? t("fits") : t("breaks")}
                    </span>
                  </li>
                ))}
              </ul>
            )}
          </div>
        ))}
      </Card>
    </div>
  );
}
