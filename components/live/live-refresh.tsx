"use client";

import { useRouter } from "next/navigation";
import { startTransition } from "react";
import { isFrequent } from "#lib/events/schema.ts";
import { useLiveChanges } from "./use-live-changes.ts";

/**
 * Renders the page's data anew when the registry changes (with `model`, when that model does); shows nothing itself. With
 * `isFrequent` also for what comes every second or two.
 */
export function LiveRefresh({
  model,
  isFrequent: hearsAll,
}: {
  model?: string;
  isFrequent?: boolean;
}) {
  const router = useRouter();
  useLiveChanges(
    () => startTransition(() => router.refresh()),
    false,
    // A change without a model concerns every page.
    (change) =>
      (hearsAll || !isFrequent(change)) &&
      (model === undefined || change.model === null || change.model === model),
  );
  return null;
}
