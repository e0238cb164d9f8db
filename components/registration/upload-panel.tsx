"use client";

import { Pause, Play } from "lucide-react";
import { useLocale, useTranslations } from "next-intl";
import { useEffect, useRef, useState } from "react";
import { AlertDialog } from "#components/ui/alert-dialog.tsx";
import { Button } from "#components/ui/button.tsx";
import { formatBytes } from "#components/ui/format-values.ts";
import { UploadBar } from "./upload-bar.tsx";
import { announcedPercent, formatDuration, secondsLeft } from "./upload-progress.ts";
import type { Upload } from "./use-upload.ts";

/** Phases in which no bytes move, and that need a word. */
const STILL = ["opening", "paused", "registering"] as const;

/** How far the transfer is, and the buttons to pause and to end it. Screen readers hear each tenth once. */
export function UploadPanel(props: {
  upload: Upload;
  isOffline: boolean;
  onPause: () => void;
  onResume: () => void;
  onCancel: () => Promise<void>;
}) {
  const t = useTranslations("register.upload");
  const locale = useLocale();
  const panel = useRef<HTMLElement>(null);
  const [isAsking, setAsking] = useState(false);
  // The button that was pressed is gone now, and the focus with it.
  useEffect(() => panel.current?.focus(), []);
  const { phase, progress } = props.upload;
  const isPaused = phase === "paused";
  const trouble = troubleOf(props.upload, props.isOffline);
  const size = (bytes: number) => formatBytes(bytes, locale);
  const left = secondsLeft(progress);
  const isMoving = phase === "sending" && trouble === null;
  const amount = [
    t("of", { sent: size(progress.sentBytes), total: size(progress.totalBytes) }),
    isMoving &&
      progress.bytesPerSecond !== null &&
      t("speed", { size: size(Math.round(progress.bytesPerSecond)) }),
    isMoving && left !== null && t("left", { time: formatDuration(left) }),
  ]
    .filter(Boolean)
    .join(" · ");
  const word = trouble ?? STILL.find((known) => known === phase);
  const status = word ? t(`status.${word}`) : null;
  return (
    <section
      ref={panel}
      tabIndex={-1}
      aria-label={t("heading")}
      className="flex flex-col gap-2 rounded-lg border border-line bg-surface p-4"
    >
      <UploadBar label={t("progress")} progress={progress} isHeld={isPaused || trouble !== null} />
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <div className="min-w-0">
          <p className="tabular-nums">{phase === "registering" ? status : amount}</p>
          {phase !== "registering" && status && <p className="text-muted">{status}</p>}
        </div>
        {phase !== "registering" && (
          <div className="flex flex-wrap gap-2">
            {phase !== "opening" && (
              <Button size="sm" onClick={isPaused ? props.onResume : props.onPause}>
                {isPaused ? (
                  <Play aria-hidden className="size-3.5" />
                ) : (
                  <Pause aria-hidden className="size-3.5" />
                )}
                {t(isPaused ? "resume" : "pause")}
              </Button>
            )}
            <Button size="sm" onClick={() => setAsking(true)}>
              {t("discard")}
            </Button>
          </div>
        )}
      </div>
      <p aria-live="polite" className="sr-only">
        {status ?? t("percent", { percent: announcedPercent(progress) })}
      </p>
      <AlertDialog
        open={isAsking}
        onOpenChange={setAsking}
        title={t("discardTitle")}
        description={t("discardText")}
        confirmLabel={t("discard")}
        isDanger
        onConfirm={props.onCancel}
      />
    </section>
  );
}

/** Why nothing moves although nobody paused. */
function troubleOf(upload: Upload, isOffline: boolean): "offline" | "retrying" | null {
  if (upload.phase === "paused") return null;
  if (isOffline) return "offline";
  if (upload.phase === "registering") return upload.isRetrying ? "retrying" : null;
  const active = [...upload.files.values()].filter(({ phase }) =>
    ["opening", "sending", "sealing"].includes(phase),
  );
  const isStuck = active.length > 0 && active.every(({ retryAt }) => retryAt !== undefined);
  return isStuck ? "retrying" : null;
}
