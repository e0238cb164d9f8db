"use client";

import { FlaskConical, Play } from "lucide-react";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { request } from "#components/api/request.ts";
import { useErrorText } from "#components/api/use-error-text.ts";
import { Button } from "#components/ui/button.tsx";
import { useToast } from "#components/ui/toast.tsx";
import type { RunWire, SyncWire } from "#lib/mlflow-sync/schema.ts";

/** Runs a rule, or has said what a run would do, and leads to its report. */
export function RunButton({ sync, isDryRun = false }: { sync: SyncWire; isDryRun?: boolean }) {
  const t = useTranslations("mlflowSync");
  const errorText = useErrorText();
  const toast = useToast();
  const router = useRouter();
  const [isBusy, setBusy] = useState(false);
  const isRunning = sync.last_run?.state === "queued" || sync.last_run?.state === "running";
  const start = async () => {
    setBusy(true);
    const path = `/integrations/mlflow/${sync.id}/runs`;
    const body = { dry_run: isDryRun };
    try {
      const { operation } = await request<RunWire>(path, { method: "POST", body });
      toast.success({ title: t("started") });
      router.push(`/integrations/mlflow/${sync.id}?run=${operation.id}`);
    } catch (error) {
      toast.error({ title: t("notStarted"), description: errorText(error) });
    } finally {
      setBusy(false);
    }
  };
  const label = t(isDryRun ? "dryRun" : "run");
  return (
    <Button
      size="sm"
      isLoading={isBusy}
      disabled={isRunning}
      aria-label={t(isDryRun ? "dryRunOne" : "runOne", { name: sync.name })}
      onClick={() => void start()}
    >
      {isDryRun ? (
        <FlaskConical aria-hidden className="size-3.5" />
      ) : (
        <Play aria-hidden className="size-3.5" />
      )}
      {label}
    </Button>
  );
}
