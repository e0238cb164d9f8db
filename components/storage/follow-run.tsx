"use client";

import { useRouter } from "next/navigation";
import { startTransition, useEffect } from "react";

/** An event announces the end of a run; its progress has to be asked for. */
const ASK_EVERY_MS = 1_000;

/** Renders the page's data anew every second while a run is under way and the page is visible; shows nothing itself. */
export function FollowRun({ isRunning }: { isRunning: boolean }) {
  const router = useRouter();
  useEffect(() => {
    if (!isRunning) return;
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") startTransition(() => router.refresh());
    }, ASK_EVERY_MS);
    return () => clearInterval(timer);
  }, [isRunning, router]);
  return null;
}
