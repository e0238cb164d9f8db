"use client";

import { Download } from "lucide-react";
import { useTranslations } from "next-intl";
import { type ReactElement, useState } from "react";
import { AlertDialog } from "#components/ui/alert-dialog.tsx";
import { Button } from "#components/ui/button.tsx";
import { type ButtonSize, buttonStyle } from "#components/ui/button-style.ts";
import { Field } from "#components/ui/field.tsx";
import { Textarea } from "#components/ui/textarea.tsx";
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
      <RiskDialog
        riskHref={props.riskHref}
        trigger={
          <Button {...look} aria-label={props.accessibleLabel}>
            {content}
          </Button>
        }
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

/** As a part of an address it takes up to nine bytes for a character, and a request's head has room for 16 KiB. */
const REASON_MAX_LENGTH = 500;

/** Asks for the reason, without which nothing is downloaded: the audit log keeps it. */
function RiskDialog({ riskHref, trigger }: { riskHref: string; trigger: ReactElement }) {
  const t = useTranslations("version.download");
  const [reason, setReason] = useState("");
  const [isMissing, setMissing] = useState(false);
  const download = () => {
    const comment = reason.trim();
    setMissing(comment === "");
    if (comment === "") throw new Error("no reason was given");
    // The answer is an attachment, so the page stays.
    window.location.assign(`${riskHref}&${new URLSearchParams({ comment })}`);
  };
  return (
    <AlertDialog
      title={t("riskTitle")}
      description={t("riskText")}
      confirmLabel={t("riskConfirm")}
      isDanger
      trigger={trigger}
      onOpenChange={() => {
        setReason("");
        setMissing(false);
      }}
      onConfirm={download}
    >
      <div className="mt-4">
        <Field
          label={t("reason")}
          hint={t("reasonHint")}
          error={isMissing ? t("reasonMissing") : undefined}
        >
          {(control) => (
            <Textarea
              {...control}
              value={reason}
              maxLength={REASON_MAX_LENGTH}
              onChange={({ target }) => setReason(target.value)}
            />
          )}
        </Field>
      </div>
    </AlertDialog>
  );
}
