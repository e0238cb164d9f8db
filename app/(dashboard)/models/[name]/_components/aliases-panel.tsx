import Link from "next/link";
import { useTranslations } from "next-intl";
import { Badge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { RelativeTime } from "@/components/ui/format";
import { AliasDialog } from "@/components/versions/alias-dialog";
import { AliasHistoryDialog } from "@/components/versions/alias-history-dialog";
import { AliasRemoveButton } from "@/components/versions/alias-remove-button";
import { versionHref } from "@/components/versions/paths.ts";
import type { ModelDetailWire } from "@/lib/models/schema.ts";

/** The model's movable names: where they point, who moved them, and how to move them. */
export function AliasesPanel(props: { model: ModelDetailWire; versions: readonly string[] }) {
  const { model, versions } = props;
  const t = useTranslations("model.aliases");
  return (
    <Card
      title={t("heading")}
      actions={
        model.latest_version !== null && (
          <AliasDialog
            model={model.name}
            triggerLabel={t("addOpen")}
            version={model.latest_version}
            versions={versions}
          />
        )
      }
    >
      {model.aliases.length === 0 && <p className="text-muted">{t("none")}</p>}
      <ul className="flex flex-col gap-3">
        {model.aliases.map(({ alias, version, updated_at, updated_by }) => (
          <li key={alias}>
            <div className="flex min-w-0 items-center gap-2">
              <Badge tone="accent" className="min-w-0" title={`@${alias}`}>
                <span className="truncate">@{alias}</span>
              </Badge>
              <span aria-hidden className="text-muted">
                →
              </span>
              <Link
                href={versionHref(model.name, version)}
                title={version}
                className="truncate text-accent hover:underline"
              >
                {version}
              </Link>
            </div>
            <p className="mt-0.5 text-muted text-xs">
              {updated_by} · <RelativeTime value={updated_at} />
            </p>
            <div className="-ml-2.5 flex flex-wrap">
              <AliasDialog
                model={model.name}
                alias={alias}
                triggerLabel={t("moveOpen")}
                version={version}
                versions={versions}
              />
              <AliasHistoryDialog model={model.name} alias={alias} />
              <AliasRemoveButton model={model.name} alias={alias} version={version} />
            </div>
          </li>
        ))}
      </ul>
    </Card>
  );
}
