import { Archive, Unplug } from "lucide-react";
import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { pageContext } from "#app/page-context.ts";
import { LiveRefresh } from "#components/live/live-refresh.tsx";
import { FollowRun } from "#components/storage/follow-run.tsx";
import { Card } from "#components/ui/card.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { RelativeTime } from "#components/ui/format.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { may } from "#lib/access/policy.ts";
import { listBackups } from "#lib/backup/list-backups.ts";
import type { BackupsWire } from "#lib/backup/schema.ts";
import { Locked } from "../_components/locked.tsx";
import { ActiveBackups } from "./_components/active-backups.tsx";
import { AskButton } from "./_components/ask-button.tsx";
import { BackupFacts } from "./_components/backup-facts.tsx";
import { BackupsTable } from "./_components/backups-table.tsx";
import { RestoreCard } from "./_components/restore-card.tsx";

export const dynamic = "force-dynamic";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("backups");
  return { title: t("title") };
}

/** What could be restored, whether that was tried, and how. */
export default async function BackupsPage() {
  if (!may(await pageContext(), "backup.read")) return <Locked />;
  const ctx = await pageContext();
  const [t, backups] = await Promise.all([getTranslations("backups"), listBackups(ctx)]);
  const isManager = may(ctx, "backup.manage") && backups.enabled;
  const [newest] = backups.items;
  return (
    <>
      <LiveRefresh />
      <FollowRun isRunning={backups.active.length > 0} />
      <PageHeader
        title={t("title")}
        description={t("text")}
        actions={isManager && <Actions backups={backups} />}
      />
      {backups.enabled ? (
        <div className="flex flex-col gap-6">
          <BackupFacts backups={backups} />
          <ActiveBackups active={backups.active} />
          {newest ? (
            <>
              <BackupsTable items={backups.items} isManager={isManager} />
              <RestoreCard id={newest.id} />
            </>
          ) : (
            <Nothing backups={backups} />
          )}
        </div>
      ) : (
        <Card>
          {backups.target === null ? (
            <EmptyState icon={Unplug} title={t("noTargetTitle")} description={t("noTargetText")} />
          ) : (
            <EmptyState icon={Archive} title={t("offTitle")} description={t("offText")} />
          )}
        </Card>
      )}
    </>
  );
}

async function Actions({ backups: { active, items } }: { backups: BackupsWire }) {
  const t = await getTranslations("backups");
  const isUnderWay = (kind: string) => active.some((operation) => operation.kind === kind);
  return (
    <>
      {items.length > 0 && (
        <AskButton
          path="/backups/drills"
          label={t("drill")}
          hint={t("drillHint")}
          done={t("drillStarted")}
          failed={t("drillNotStarted")}
          isRunning={isUnderWay("drill")}
        />
      )}
      <AskButton
        path="/backups"
        label={t("backUp")}
        done={t("started")}
        failed={t("notStarted")}
        isRunning={isUnderWay("backup")}
        isPrimary
      />
    </>
  );
}

async function Nothing({ backups: { problem, next_at } }: { backups: BackupsWire }) {
  const t = await getTranslations("backups");
  if (problem !== null)
    return (
      <Card>
        <EmptyState icon={Unplug} title={t("problemTitle")} description={problem} />
      </Card>
    );
  return (
    <Card>
      <EmptyState
        icon={Archive}
        title={t("emptyTitle")}
        description={
          next_at === null ? (
            t("emptyNever")
          ) : (
            <>
              {t("emptyNext")} <RelativeTime value={next_at} />.
            </>
          )
        }
      />
    </Card>
  );
}
