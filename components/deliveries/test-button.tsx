"use client";

import { Send } from "lucide-react";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { request } from "#components/api/request.ts";
import { useErrorText } from "#components/api/use-error-text.ts";
import { Button } from "#components/ui/button.tsx";
import { useToast } from "#components/ui/toast.tsx";
import type { DeliveryWire } from "#lib/deliveries/schema.ts";

/** Sends a test, waits for what comes of it, and says it. `name` is who it is for. */
export function TestButton({ path, name }: { path: string; name: string }) {
  const t = useTranslations("deliveries");
  const errorText = useErrorText();
  const toast = useToast();
  const router = useRouter();
  const [isBusy, setBusy] = useState(false);
  const test = async () => {
    setBusy(true);
    try {
      const { state, log } = await request<DeliveryWire>(path, { method: "POST" });
      if (state === "delivered") toast.success({ title: t("testDone") });
      else toast.error({ title: t("testFailed"), description: log[0]?.error ?? "" });
    } catch (error) {
      toast.error({ title: t("testFailed"), description: errorText(error) });
    } finally {
      setBusy(false);
      router.refresh();
    }
  };
  return (
    <Button
      size="sm"
      isLoading={isBusy}
      aria-label={t("testOne", { name })}
      onClick={() => void test()}
    >
      <Send aria-hidden className="size-3.5" />
      {t("test")}
    </Button>
  );
}
