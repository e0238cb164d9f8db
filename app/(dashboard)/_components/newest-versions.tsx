"use client";

import Link from "next/link";
import { useTranslations } from "next-intl";
import { FrameworkBadge } from "#components/models/framework-badge.tsx";
import { Card } from "#components/ui/card.tsx";
import { Bytes, RelativeTime } from "#components/ui/format.tsx";
import { StageBadge } from "#components/versions/stage-badge.tsx";
import { VerdictBadge } from "#components/versions/verdict-badge.tsx";
import type { VersionSummaryWire } from "#lib/models/schema.ts";

/** The versions registered last. A clean verdict and no stage are usual, and left out. */
export function NewestVersions({ versions }: { versions: readonly VersionSummaryWire[] }) {
  const t = useTranslations("overview.newest");
  return (
    <Card
      title={t("title")}
      actions={
        <Link href="/models?sort=-updated_at" className="text-accent hover:underline">
          {t("all")}
        </Link>
      }
      bodyClassName="p-0"
    >
      {versions.length === 0 ? (
        <p className="px-4 py-8 text-center text-muted">{t("empty")}</p>
      ) : (
        <ul>
          {versions.map((version) => (
            <li
              key={`${version.model} ${version.number}`}
              className="flex min-h-11 flex-wrap items-center gap-x-3 gap-y-0.5 border-line border-b px-4 py-1.5 last:border-0"
            >
              <Link
                href={`/models/${version.model}/versions/${encodeURIComponent(version.version)}`}
                className="min-w-0 py-0.5 font-medium [overflow-wrap:anywhere] hover:text-accent hover:underline"
              >
                {version.model} <span className="font-normal text-muted">{version.version}</span>
              </Link>
              <FrameworkBadge framework={version.framework} />
              {version.verdict !== "clean" && <VerdictBadge verdict={version.verdict} />}
              {version.stage !== "none" && <StageBadge stage={version.stage} />}
              <span className="ml-auto flex gap-3 text-muted">
                <Bytes value={version.size_bytes} />
                <RelativeTime value={version.created_at} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
