"use client";

import { Download } from "lucide-react";
import { useTranslations } from "next-intl";
import { AlertDialog } from "#components/ui/alert-dialog.tsx";
import { Button } from "#components/ui/button.tsx";
import { type ButtonSize, buttonStyle } from "#components/ui/button-style.ts";
import type { VerdictName } from "#lib/wire/words.ts";

type DownloadButtonProps = {
  label: string;
  /** The name for screen readers, where `label` alone does not say which file. */
  accessibleLabel?: string;
  href: string;
  /** The same address with `accept_risk=true`. */
  riskHref: string;
  verdict: VerdictName;
  size?: ButtonSize;
  isPrimary?: boolean;
};

/** Downloads a clean file, asks before a suspicious one, refuses any other and says why. */
export function DownloadButton(props: DownloadButtonProps) {
  const t = useTranslations("version.download");
  const look = {
    variant: props.isPrimary ? ("primary" as const) : ("secondary" as const),
    size: props.size ?? ("md" as const),
  };
  const content = (
    <>
      <Download aria-hidden className="size-4" />
      {props.label}
    </>
  );
  if (props.verdict === "clean") {
    return (
      <a
        href={props.href}
        download
        aria-label={props.accessibleLabel}
        className={buttonStyle(look.variant, look.size)}
      >
        {content}
      </a>
    );
  }
  if (props.verdict === "suspicious") {
    return (
      <AlertDialog
        title={t("riskTitle")}
        description={t("riskText")}
        confirmLabel={t("riskConfirm")}
        isDanger
        trigger={
          <Button {...look} aria-label={props.accessibleLabel}>
            {content}
          </Button>
        }
        // The answer is an attachment, so the page stays.
        onConfirm={() => window.location.assign(props.riskHref)}
      />
    );
  }
  return (
    // Not `disabled`: the reason must be reachable by keyboard and screen reader.
    <Button
      {...look}
      aria-disabled
      aria-label={props.accessibleLabel}
      title={t(`refused.${props.verdict}`)}
    >
      {content}
    </Button>
  );
}
