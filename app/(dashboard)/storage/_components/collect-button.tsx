"use client";

import { Recycle } from "lucide-react";
import { useRouter } from "next/navigation";
import { useLocale, useTranslations } from "next-intl";
import { useState } from "react";
import { request } from "#components/api/request.ts";
import { useErrorText } from "#components/api/use-error-text.ts";
import { AlertDialog } from "#components/ui/alert-dialog.tsx";
import { Button } from "#components/ui/button.tsx";
import { formatBytes } from "#components/ui/format-values.ts";
import { useToast } from "#components/ui/toast.tsx";

/** Frees the blobs that nothing holds, after saying how many there are. */
export function CollectButton(props: { blobs: number; bytes: number; isRunning: boolean }) {
  const t = useTranslations("storage.collection");
  const locale = useLocale();
  const errorText = useErrorText();
  const toast = useToast();
  const router = useRouter();
  const [isOpen, setOpen] = useState(false);
  const collect = async () => {
    try {
      await request("/storage/collections", { method: "POST", body: { dry_run: false } });
      toast.success({ title: t("started") });
    } catch (error) {
      toast.error({ title: t("notStarted"), description: errorText(error) });
      throw error;
    } finally {
      router.refresh();
    }
  };
  return (
    <>
      <Button size="sm" isLoading={props.isRunning} onClick={() => setOpen(true)}>
        <Recycle aria-hidden className="size-3.5" />
        {t("collect")}
      </Button>
      <AlertDialog
        open={isOpen}
        onOpenChange={setOpen}
        title={t("confirmTitle")}
        description={t("confirmText", {
          blobs: props.blobs,
          bytes: formatBytes(props.bytes, locale),
        })}
        confirmLabel={t("confirm")}
        isDanger
        onConfirm={collect}
      />
    </>
  );
}
