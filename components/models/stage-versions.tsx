import { useTranslations } from "next-intl";
import { cn } from "#components/ui/cn.ts";
import { StageBadge } from "#components/versions/stage-badge.tsx";
import { VerdictBadge } from "#components/versions/verdict-badge.tsx";
import type { StageVersionWire } from "#lib/models/schema.ts";

/** Which version is in which stage; a verdict that is not clean is shown beside its own version. */
export function StageVersions(props: {
  versions: readonly StageVersionWire[];
  className?: string;
}) {
  const t = useTranslations("models");
  return (
    <ul className={cn("flex min-w-0 flex-col items-start gap-1", props.className)}>
      {props.versions.map(({ stage, version, verdict }) => (
        <li key={stage} className="flex min-w-0 max-w-full flex-wrap items-center gap-1">
          <StageBadge stage={stage} />
          <span className="max-w-40 truncate text-muted text-xs" title={version}>
            <span className="sr-only">{t("stageVersion")} </span>
            {version}
          </span>
          {verdict !== "clean" && <VerdictBadge verdict={verdict} />}
        </li>
      ))}
    </ul>
  );
}
