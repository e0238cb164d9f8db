"use client";

import Link from "next/link";
import { useTranslations } from "next-intl";
import { FrameworkBadge } from "#components/models/framework-badge.tsx";
import { StageVersions } from "#components/models/stage-versions.tsx";
import { Card } from "#components/ui/card.tsx";
import type { ListedModelWire } from "#lib/models/schema.ts";

/** The models downloaded most often, of all time. */
export function MostUsed({ models }: { models: readonly ListedModelWire[] }) {
  const t = useTranslations("overview.mostUsed");
  return (
    <Card
      title={t("title")}
      actions={
        <Link href="/models?sort=-downloads" className="text-accent hover:underline">
          {t("all")}
        </Link>
      }
      bodyClassName="p-0"
    >
      {models.length === 0 ? (
        <p className="px-4 py-8 text-center text-muted">{t("empty")}</p>
      ) : (
        <ol>
          {models.map((model) => (
            <li
              key={model.name}
              className="flex min-h-11 flex-wrap items-center gap-x-3 gap-y-0.5 border-line border-b px-4 py-1.5 last:border-0"
            >
              <Link
                href={`/models/${model.name}`}
                className="min-w-0 py-0.5 font-medium [overflow-wrap:anywhere] hover:text-accent hover:underline"
              >
                {model.name}
              </Link>
              {model.framework && <FrameworkBadge framework={model.framework} />}
              <StageVersions
                versions={model.stage_versions.filter(({ stage }) => stage === "production")}
              />
              <span className="ml-auto text-muted tabular-nums">
                {t("downloads", { count: model.downloads })}
              </span>
            </li>
          ))}
        </ol>
      )}
    </Card>
  );
}
