"use client";

import { RotateCcw } from "lucide-react";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { request } from "#components/api/request.ts";
import { useErrorText } from "#components/api/use-error-text.ts";
import { Button } from "#components/ui/button.tsx";
import { useToast } from "#components/ui/toast.tsx";

/** Restores a model or version and offers to go there. */
export function RestoreButton(props: { name: string; restorePath: string; href: string }) {
  const t = useTranslations("trash");
  const errorText = useErrorText();
  const toast = useToast();
  const router = useRouter();
  const [isBusy, setBusy] = useState(false);
  const restore = async () => {
    setBusy(true);
    try {
      await request(props.restorePath, { method: "POST" });
      toast.success({
        title: t("restored", { name: props.name }),
        action: { label: t("show"), onClick: () => router.push(props.href) },
      });
      // The row and this button go away, and the focus must not fall back to the start of the page.
      document.getElementById("content")?.focus();
    } catch (error) {
      toast.error({ title: t("failed", { name: props.name }), description: errorText(error) });
    } finally {
      setBusy(false);
      router.refresh();
    }
  };
  return (
    <Button
      size="sm"
      isLoading={isBusy}
      aria-label={t("restoreName", { name: props.name })}
      onClick={restore}
    >
      <RotateCcw aria-hidden className="size-3.5" />
      {t("restore")}
    </Button>
  );
}
