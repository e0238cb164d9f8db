import { useTranslations } from "next-intl";
import { ConfirmButton } from "#components/accounts/confirm-button.tsx";
import type { SyncWire } from "#lib/mlflow-sync/schema.ts";
import { RunButton } from "../../_components/run-button.tsx";
import { SyncDialog } from "../../_components/sync-dialog.tsx";

export function SyncActions({ sync }: { sync: SyncWire }) {
  const t = useTranslations("mlflowSync");
  const last = sync.last_run;
  const isRunning = last?.state === "queued" || last?.state === "running";
  return (
    <>
      <RunButton sync={sync} />
      <RunButton sync={sync} isDryRun />
      {last !== null && isRunning && (
        <ConfirmButton
          label={t("stop")}
          title={t("stopTitle")}
          text={t("stopText")}
          done={t("stopped")}
          path={`/operations/${last.id}/cancel`}
          method="POST"
        />
      )}
      <SyncDialog sync={sync} />
      <ConfirmButton
        label={t("remove")}
        title={t("removeTitle")}
        text={t("removeText")}
        done={t("removed")}
        path={`/integrations/mlflow/${sync.id}`}
        isDanger
      />
    </>
  );
}
