"use client";

import { FileOutput } from "lucide-react";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { versionApi } from "#components/api/paths.ts";
import { request } from "#components/api/request.ts";
import { useErrorText } from "#components/api/use-error-text.ts";
import { AlertDialog } from "#components/ui/alert-dialog.tsx";
import { Button } from "#components/ui/button.tsx";
import { useToast } from "#components/ui/toast.tsx";

/** Makes a version whose checkpoints are safetensors, after saying what that is. */
export function ConvertButton({ model, version }: { model: string; version: string }) {
  const t = useTranslations("version.convert");
  const errorText = useErrorText();
  const toast = useToast();
  const router = useRouter();
  const convert = async () => {
    try {
      const body = { to: "safetensors" };
      await request(`${versionApi(model, version)}/convert`, { method: "POST", body });
      toast.success({ title: t("done"), description: t("doneText", { model }) });
      router.refresh();
    } catch (error) {
      toast.error({ title: t("failed"), description: errorText(error) });
      throw error;
    }
  };
  return (
    <AlertDialog
      title={t("title", { model, version })}
      description={t("text")}
      confirmLabel={t("confirm")}
      onConfirm={convert}
      trigger={
        <Button>
          <FileOutput aria-hidden className="size-4" />
          {t("label")}
        </Button>
      }
    >
      <ul className="list-disc space-y-1 ps-5 text-muted">
        <li>{t("files")}</li>
        <li>{t("verified")}</li>
        <li>{t("leftOut")}</li>
        <li>{t("refused")}</li>
      </ul>
    </AlertDialog>
  );
}
