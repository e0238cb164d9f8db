"use client";

import { CircleStop, RotateCcw } from "lucide-react";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { request } from "#components/api/request.ts";
import { useErrorText } from "#components/api/use-error-text.ts";
import { AlertDialog } from "#components/ui/alert-dialog.tsx";
import { Button } from "#components/ui/button.tsx";
import { useToast } from "#components/ui/toast.tsx";
import { isCancellable, isRetryable, type OperationWire } from "#lib/operations/schema.ts";

/** Cancels, after asking, or tries again; nothing where neither is possible. */
export function OperationActions({ operation }: { operation: OperationWire }) {
  const t = useTranslations("operations");
  const errorText = useErrorText();
  const toast = useToast();
  const router = useRouter();
  const [isAsking, setAsking] = useState(false);
  const kind = t(`kinds.${operation.kind}`);
  const ask = async (verb: "cancel" | "retry") => {
    setAsking(true);
    try {
      await request(`/operations/${operation.id}/${verb}`, { method: "POST" });
      toast.success({ title: t(`${verb}.done`, { kind }) });
      // The button goes with the state that it was for.
      document.getElementById("content")?.focus();
    } catch (error) {
      toast.error({ title: t(`${verb}.failed`, { kind }), description: errorText(error) });
      throw error;
    } finally {
      setAsking(false);
      router.refresh();
    }
  };
  if (isRetryable(operation))
    return (
      <Button
        size="sm"
        isLoading={isAsking}
        aria-label={t("retry.name", { kind, id: operation.id })}
        onClick={() => void ask("retry").catch(() => undefined)}
      >
        <RotateCcw aria-hidden className="size-3.5" />
        {t("retry.label")}
      </Button>
    );
  if (!isCancellable(operation) || operation.cancel_requested_at !== null) return null;
  return (
    <AlertDialog
      title={t("cancel.title", { kind })}
      description={t("cancel.text")}
      confirmLabel={t("cancel.confirm")}
      dismissLabel={t("cancel.dismiss")}
      isDanger
      onConfirm={() => ask("cancel")}
      trigger={
        <Button size="sm" aria-label={t("cancel.name", { kind, id: operation.id })}>
          <CircleStop aria-hidden className="size-3.5" />
          {t("cancel.label")}
        </Button>
      }
    />
  );
}
