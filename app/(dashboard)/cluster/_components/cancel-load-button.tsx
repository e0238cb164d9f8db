"use client";

import { CircleStop } from "lucide-react";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { request } from "#components/api/request.ts";
import { useErrorText } from "#components/api/use-error-text.ts";
import { AlertDialog } from "#components/ui/alert-dialog.tsx";
import { Button } from "#components/ui/button.tsx";
import { useToast } from "#components/ui/toast.tsx";
import type { LoadWire } from "#lib/cluster/schema.ts";

/** Ends a load, after asking; nothing where it has ended, or is about to. */
export function CancelLoadButton({ load }: { load: LoadWire }) {
  const t = useTranslations("cluster.cancel");
  const errorText = useErrorText();
  const toast = useToast();
  const router = useRouter();
  const { id, model, version, state, cancel_requested } = load;
  if ((state !== "queued" && state !== "running") || cancel_requested) return null;
  const name = { model, version };
  const cancel = async () => {
    try {
      await request(`/loads/${id}`, { method: "DELETE" });
      toast.success({ title: t("done", name) });
      // The button goes with the state that it was for.
      document.getElementById("content")?.focus();
    } catch (error) {
      toast.error({ title: t("failed", name), description: errorText(error) });
      throw error;
    } finally {
      router.refresh();
    }
  };
  return (
    <AlertDialog
      title={t("title", name)}
      description={t("text")}
      confirmLabel={t("confirm")}
      dismissLabel={t("dismiss")}
      isDanger
      onConfirm={cancel}
      trigger={
        <Button size="sm" aria-label={t("name", name)}>
          <CircleStop aria-hidden className="size-3.5" />
          {t("label")}
        </Button>
      }
    />
  );
}
