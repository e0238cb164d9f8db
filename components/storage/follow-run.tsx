"use client";

import { useRouter } from "next/navigation";
import { startTransition, useEffect } from "react";

/** A run tells of its end by an event, and of its progress by being asked. */
const ASK_EVERY_MS = 1_000;

/** Renders the page's data anew every second while something runs and the page is seen; shows nothing itself. */
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
