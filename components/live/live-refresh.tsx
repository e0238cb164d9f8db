"use client";

import { useRouter } from "next/navigation";
import { startTransition } from "react";
import { useLiveChanges } from "./use-live-changes.ts";

/**
 * Renders the page's data anew when the registry changes (with `model`, when that model does); shows nothing itself.
 */
export function LiveRefresh({ model }: { model?: string }) {
  const router = useRouter();
  useLiveChanges(
    () => startTransition(() => router.refresh()),
    false,
    (change) => model === undefined || change.model === model,
  );
  return null;
}
