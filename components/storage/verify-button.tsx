"use client";

import { ShieldCheck } from "lucide-react";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { request } from "#components/api/request.ts";
import { useErrorText } from "#components/api/use-error-text.ts";
import { Button } from "#components/ui/button.tsx";
import { useToast } from "#components/ui/toast.tsx";

/** Begins a verification of everything, or of one blob. */
export function VerifyButton(props: { target: { digest?: string }; isRunning: boolean }) {
  const t = useTranslations("storage.trust");
  const errorText = useErrorText();
  const toast = useToast();
  const router = useRouter();
  const [isAsking, setAsking] = useState(false);
  const verify = async () => {
    setAsking(true);
    try {
      await request("/storage/scrubs", { method: "POST", body: props.target });
      toast.success({ title: t("started") });
    } catch (error) {
      toast.error({ title: t("notStarted"), description: errorText(error) });
    } finally {
      setAsking(false);
      router.refresh();
    }
  };
  return (
    <Button size="sm" isLoading={isAsking || props.isRunning} onClick={verify}>
      <ShieldCheck aria-hidden className="size-3.5" />
      {t("verifyNow")}
    </Button>
  );
}
