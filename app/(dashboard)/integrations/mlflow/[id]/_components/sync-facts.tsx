import { useTranslations } from "next-intl";
import { Card } from "#components/ui/card.tsx";
import { FactList } from "#components/ui/fact-list.tsx";
import { RelativeTime } from "#components/ui/format.tsx";
import type { SyncWire } from "#lib/mlflow-sync/schema.ts";

export function SyncFacts({ sync }: { sync: SyncWire }) {
  const t = useTranslations("mlflowSync");
  const { schedule, next_at } = sync;
  const mono = (text: string) => <code className="font-mono text-[13px]">{text}</code>;
  return (
    <Card title={t("facts")}>
      <FactList
        facts={[
          { label: t("fields.models"), value: mono(sync.models) },
          { label: t("fields.direction"), value: t(`directions.${sync.direction}`) },
          { label: t("fields.policy"), value: t(`policies.${sync.policy}`) },
          {
            label: t("deletions"),
            value: t(sync.deletions ? "deletionsFollow" : "deletionsStay"),
          },
          {
            label: t("fields.schedule"),
            value:
              schedule === null ? (
                t("byHand")
              ) : (
                <>
                  {mono(schedule)}
                  {next_at !== null && (
                    <>, {t.rich("nextAt", { time: () => <RelativeTime value={next_at} /> })}</>
                  )}
                </>
              ),
          },
          {
            label: t("credential"),
            value: t(sync.has_secret ? "hasSecret" : "noSecret"),
          },
          {
            label: t("savedBy"),
            value: (
              <>
                {sync.saved_by}, <RelativeTime value={sync.saved_at} />
                <p className="text-muted text-xs">{t("savedHint")}</p>
              </>
            ),
          },
        ]}
      />
    </Card>
  );
}
