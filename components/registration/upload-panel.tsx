"use client";

import { useLocale, useTranslations } from "next-intl";
import { useEffect, useRef } from "react";
import {
  announcedPercent,
  formatDuration,
  type Progress,
  percent,
  secondsLeft,
} from "@/components/registration/upload-progress.ts";
import { Button } from "@/components/ui/button";
import { formatBytes } from "@/components/ui/format-values.ts";

/** How far the transfer is, and the way out of it. Screen readers hear each tenth once. */
export function UploadPanel(props: {
  phase: "sending" | "reading";
  progress: Progress;
  onCancel: () => void;
}) {
  const t = useTranslations("register.upload");
  const locale = useLocale();
  const cancel = useRef<HTMLButtonElement>(null);
  // The button that was pressed is disabled now, and the focus with it.
  useEffect(() => cancel.current?.focus(), []);
  const { phase, progress } = props;
  const isReading = phase === "reading";
  const size = (bytes: number) => formatBytes(bytes, locale);
  const left = secondsLeft(progress);
  const announced = t("percent", { percent: announcedPercent(progress) });
  return (
    <section
      aria-label={t("heading")}
      className="flex flex-col gap-2 rounded-lg border border-line bg-surface p-4"
    >
      <div
        role="progressbar"
        aria-label={t("progress")}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percent(progress)}
        className="h-2 overflow-hidden rounded-full bg-sunken"
      >
        <div className="h-full bg-accent" style={{ width: `${percent(progress)}%` }} />
      </div>
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <p className="tabular-nums">
          {isReading
            ? t("reading")
            : [
                t("of", { sent: size(progress.sentBytes), total: size(progress.totalBytes) }),
                progress.bytesPerSecond !== null &&
                  t("speed", { size: size(Math.round(progress.bytesPerSecond)) }),
                left !== null && t("left", { time: formatDuration(left) }),
              ]
                .filter(Boolean)
                .join(" · ")}
        </p>
        <Button ref={cancel} size="sm" onClick={props.onCancel}>
          {t("cancel")}
        </Button>
      </div>
      <p aria-live="polite" className="sr-only">
        {isReading ? t("reading") : announced}
      </p>
    </section>
  );
}
