"use client";

import { ScanSearch } from "lucide-react";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { request } from "#components/api/request.ts";
import { useErrorText } from "#components/api/use-error-text.ts";
import { AlertDialog } from "#components/ui/alert-dialog.tsx";
import { Button } from "#components/ui/button.tsx";
import { useToast } from "#components/ui/toast.tsx";

/** Begins a rescan of everything, after asking: it reads all bytes that are stored. */
export function RescanButton() {
  const t = useTranslations("findings.rescan");
  const errorText = useErrorText();
  const toast = useToast();
  const router = useRouter();
  const rescan = async () => {
    try {
      await request("/operations", { method: "POST", body: { kind: "rescan" } });
      toast.success({ title: t("done") });
    } catch (error) {
      toast.error({ title: t("failed"), description: errorText(error) });
      throw error;
    } finally {
      router.refresh();
    }
  };
  return (
    <AlertDialog
      title={t("title")}
      description={t("text")}
      confirmLabel={t("confirm")}
      onConfirm={rescan}
      trigger={
        <Button>
          <ScanSearch aria-hidden className="size-4" />
          {t("label")}
        </Button>
      }
    />
  );
}
