"use client";

import { ShieldCheck } from "lucide-react";
import { useTranslations } from "next-intl";
import { request } from "#components/api/request.ts";
import { useChange } from "#components/api/use-change.ts";
import { Button } from "#components/ui/button.tsx";
import { FormError } from "#components/ui/form-error.tsx";

/** The log is verified every hour by itself; this does not wait for that. */
export function VerifyAuditButton() {
  const t = useTranslations("audit.chain");
  const { run, isBusy, error } = useChange();
  const verify = () =>
    run(() => request("/audit/verifications", { method: "POST" }), { title: t("started") });
  return (
    <div className="flex flex-wrap items-center gap-2">
      {error && <FormError>{error}</FormError>}
      <Button size="sm" isLoading={isBusy} onClick={verify}>
        <ShieldCheck aria-hidden className="size-3.5" />
        {t("verifyNow")}
      </Button>
    </div>
  );
}
