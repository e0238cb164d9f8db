"use client";

import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { modelApi } from "#components/api/paths.ts";
import { request } from "#components/api/request.ts";
import { useErrorText } from "#components/api/use-error-text.ts";
import { AlertDialog } from "#components/ui/alert-dialog.tsx";
import { Button } from "#components/ui/button.tsx";
import { useToast } from "#components/ui/toast.tsx";

/** Takes a version from a cluster, after asking. */
export function UnloadButton(props: {
  model: string;
  version: string;
  scheduler: string;
  workers: number;
}) {
  const { model, version, scheduler, workers } = props;
  const t = useTranslations("cluster.unload");
  const errorText = useErrorText();
  const toast = useToast();
  const router = useRouter();
  const name = { model, version };
  const unload = async () => {
    try {
      const body = { version, scheduler_address: scheduler };
      await request(`${modelApi(model)}/unload`, { method: "POST", body });
      toast.success({ title: t("done", name) });
      router.refresh();
    } catch (error) {
      toast.error({ title: t("failed", name), description: errorText(error) });
      throw error;
    }
  };
  return (
    <AlertDialog
      title={t("title", name)}
      description={t("text", { workers })}
      confirmLabel={t("confirm")}
      isDanger
      onConfirm={unload}
      trigger={
        <Button size="sm" aria-label={t("name", name)}>
          {t("label")}
        </Button>
      }
    />
  );
}
