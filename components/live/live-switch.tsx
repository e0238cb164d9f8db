"use client";

import { Pause, Play } from "lucide-react";
import { useTranslations } from "next-intl";
import { Button } from "#components/ui/button.tsx";
import { cn } from "#components/ui/cn.ts";
import type { LiveState } from "./use-live-changes.ts";

const DOT: Record<LiveState, string> = {
  connecting: "bg-line-strong",
  live: "bg-ok",
  reconnecting: "bg-warn",
  paused: "bg-line-strong",
};

/** Says whether the page follows changes, and lets the reader stop it. */
export function LiveSwitch(props: {
  state: LiveState;
  isPaused: boolean;
  onPausedChange: (isPaused: boolean) => void;
}) {
  const t = useTranslations("overview.live");
  const Icon = props.isPaused ? Play : Pause;
  const action = t(props.isPaused ? "resume" : "pause");
  return (
    <div className="flex items-center gap-1.5" title={t("hint")}>
      <span role="status" className="inline-flex items-center gap-1.5 text-muted">
        <span aria-hidden className={cn("size-2 rounded-full", DOT[props.state])} />
        {t(props.state)}
      </span>
      <Button
        variant="ghost"
        size="icon"
        aria-label={action}
        title={action}
        onClick={() => props.onPausedChange(!props.isPaused)}
      >
        <Icon aria-hidden className="size-4" />
      </Button>
    </div>
  );
}
