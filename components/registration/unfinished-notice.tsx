"use client";

import { History } from "lucide-react";
import { useLocale, useTranslations } from "next-intl";
import { useEffect, useRef, useState } from "react";
import { useErrorText } from "#components/api/use-error-text.ts";
import { AlertDialog } from "#components/ui/alert-dialog.tsx";
import { Button } from "#components/ui/button.tsx";
import { formatBytes } from "#components/ui/format-values.ts";
import { useToast } from "#components/ui/toast.tsx";
import type { UnfinishedUpload } from "./upload/page-uploads.ts";

/** A folder may have thousands; the first ones say which folder it was. */
const SHOWN_MAX = 5;

/** Says which uploads are on the server without a version yet, and what to do about them. */
export function UnfinishedNotice(props: {
  unfinished: readonly UnfinishedUpload[];
  /** Uploads whose files are not chosen. */
  waiting: readonly UnfinishedUpload[];
  onDiscard: () => Promise<void>;
}) {
  const t = useTranslations("register.unfinished");
  const locale = useLocale();
  const errorText = useErrorText();
  const toast = useToast();
  const [isAsking, setAsking] = useState(false);
  const { unfinished, waiting } = props;
  const notice = useRef<HTMLElement>(null);
  const isWaiting = waiting.length > 0;
  useEffect(() => {
    // Browsers scroll a reloaded page to where it was, which is below this notice.
    if (isWaiting) notice.current?.scrollIntoView({ block: "nearest" });
  }, [isWaiting]);
  if (unfinished.length === 0) return null;
  const sum = (key: "sentBytes" | "sizeBytes") =>
    formatBytes(
      unfinished.reduce((total, upload) => total + upload[key], 0),
      locale,
    );
  const sent = sum("sentBytes");
  const isComplete = unfinished.every((upload) => upload.sentBytes === upload.sizeBytes);
  const discard = async () => {
    try {
      await props.onDiscard();
      document.getElementById("content")?.focus();
    } catch (error) {
      toast.error({ title: t("discardFailed"), description: errorText(error) });
      throw error;
    }
  };
  return (
    <section
      ref={notice}
      aria-label={t("heading")}
      className="flex scroll-mt-16 flex-col gap-2 rounded-lg border border-line bg-accent-soft p-4"
    >
      <h2 className="flex items-center gap-2 font-semibold">
        <History aria-hidden className="size-4" />
        {t("heading")}
      </h2>
      <p role="status">
        {t("kept", { count: unfinished.length, sent, total: sum("sizeBytes") })}{" "}
        {isWaiting
          ? t("chooseAgain", { count: waiting.length })
          : t(isComplete ? "complete" : "ready")}
      </p>
      {isWaiting && (
        <ul className="flex flex-col gap-0.5">
          {waiting.slice(0, SHOWN_MAX).map((upload) => (
            <li key={upload.id} className="[overflow-wrap:anywhere]">
              <span className="font-mono text-[13px]">{upload.path}</span>{" "}
              <span className="text-muted tabular-nums">
                {t("of", {
                  sent: formatBytes(upload.sentBytes, locale),
                  total: formatBytes(upload.sizeBytes, locale),
                })}
              </span>
            </li>
          ))}
          {waiting.length > SHOWN_MAX && (
            <li className="text-muted">{t("more", { count: waiting.length - SHOWN_MAX })}</li>
          )}
        </ul>
      )}
      <Button size="sm" className="self-start" onClick={() => setAsking(true)}>
        {t("discard")}
      </Button>
      <AlertDialog
        open={isAsking}
        onOpenChange={setAsking}
        title={t("discardTitle")}
        description={t("discardText", { sent })}
        confirmLabel={t("discard")}
        isDanger
        onConfirm={discard}
      />
    </section>
  );
}
