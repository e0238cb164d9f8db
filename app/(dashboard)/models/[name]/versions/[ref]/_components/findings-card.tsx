import { useLocale, useTranslations } from "next-intl";
import { Badge, type Tone } from "#components/ui/badge.tsx";
import { Card } from "#components/ui/card.tsx";
import type { FindingWire } from "#lib/models/schema.ts";
import { findingWords } from "#lib/wire/finding-words.ts";

const TONES: Record<FindingWire["severity"], Tone> = {
  info: "neutral",
  suspicious: "warn",
  malicious: "danger",
  unscannable: "warn",
};
/** The first findings say why; a hostile pickle can name thousands. The REST answer has all. */
const SHOWN_MAX = 100;

/** The scan's findings in its own words, and where they are. */
export function FindingsCard({ findings }: { findings: readonly FindingWire[] }) {
  const t = useTranslations("version.findings");
  if (findings.length === 0) return null;
  return (
    <Card title={t("heading", { count: findings.length })} bodyClassName="p-0">
      <ul>
        {findings.slice(0, SHOWN_MAX).map((finding, index) => (
          <li
            // biome-ignore lint/suspicious/noArrayIndexKey: findings are fixed and may be equal
            key={index}
            className="border-line border-b px-4 py-2.5 [overflow-wrap:anywhere] last:border-b-0"
          >
            <div className="flex items-baseline gap-2">
              <Badge tone={TONES[finding.severity]}>{t(`severity.${finding.severity}`)}</Badge>
              <p className="min-w-0">{finding.detail}</p>
            </div>
            <FindingDetails finding={finding} />
          </li>
        ))}
      </ul>
      {findings.length > SHOWN_MAX && (
        <p className="border-line border-t px-4 py-2.5 text-muted">
          {t("more", { count: findings.length - SHOWN_MAX })}
        </p>
      )}
    </Card>
  );
}

/** Where it is, what it could do and how to get rid of it; the words of a later server are in English. */
function FindingDetails({ finding }: { finding: FindingWire }) {
  const t = useTranslations("version.findings");
  const words = findingWords(finding.code, useLocale()) ?? finding;
  return (
    <>
      <p className="mt-0.5 font-mono text-muted text-xs">
        {finding.file}
        {finding.offset !== undefined && ` · ${t("offset", { offset: finding.offset })}`}
      </p>
      {words.risk && <p className="mt-1.5 text-muted">{words.risk}</p>}
      {words.remedy && (
        <p className="mt-1">
          <strong className="font-medium">{t("remedy")}</strong> {words.remedy}
        </p>
      )}
    </>
  );
}
