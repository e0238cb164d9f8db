"use client";

import { RotateCcw } from "lucide-react";
import { useTranslations } from "next-intl";
import { request } from "#components/api/request.ts";
import { useChange } from "#components/api/use-change.ts";
import { Button } from "#components/ui/button.tsx";
import { useToast } from "#components/ui/toast.tsx";

export function RedeliverButton({ path, event }: { path: string; event: string }) {
  const t = useTranslations("deliveries");
  const toast = useToast();
  const { run, isBusy, error } = useChange();
  const send = async () => {
    const isDone = await run(() => request(path, { method: "POST" }), { title: t("redelivered") });
    if (!isDone && error !== null) toast.error({ title: error });
  };
  return (
    <Button
      size="sm"
      isLoading={isBusy}
      aria-label={t("redeliverOne", { event })}
      onClick={() => void send()}
    >
      <RotateCcw aria-hidden className="size-3.5" />
      {t("redeliver")}
    </Button>
  );
}
