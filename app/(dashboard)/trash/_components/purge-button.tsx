"use client";

import { Trash2 } from "lucide-react";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { request } from "#components/api/request.ts";
import { useErrorText } from "#components/api/use-error-text.ts";
import { AlertDialog } from "#components/ui/alert-dialog.tsx";
import { Button } from "#components/ui/button.tsx";
import { useToast } from "#components/ui/toast.tsx";

/** Deletes a model or version of the trash for good, after saying what that means. */
export function PurgeButton(props: { name: string; purgePath: string; text: string }) {
  const t = useTranslations("trash.purge");
  const errorText = useErrorText();
  const toast = useToast();
  const router = useRouter();
  const purge = async () => {
    try {
      await request(props.purgePath, { method: "POST" });
    } catch (error) {
      toast.error({ title: t("failed", { name: props.name }), description: errorText(error) });
      throw error;
    }
    toast.success({ title: t("done", { name: props.name }) });
    document.getElementById("content")?.focus();
    router.refresh();
  };
  return (
    <AlertDialog
      title={<span className="[overflow-wrap:anywhere]">{t("title", { name: props.name })}</span>}
      description={props.text}
      confirmLabel={t("confirm")}
      isDanger
      onConfirm={purge}
      trigger={
        <Button
          size="icon"
          variant="ghost"
          aria-label={t("open", { name: props.name })}
          title={t("open", { name: props.name })}
        >
          <Trash2 aria-hidden className="size-4" />
        </Button>
      }
    />
  );
}
