"use client";

import { useRouter } from "next/navigation";
import { startTransition } from "react";
import { useLiveChanges } from "@/components/live/use-live-changes.ts";

/** Renders the page's data anew when something in the registry changes; shows nothing itself. */
export function LiveRefresh() {
  const router = useRouter();
  useLiveChanges(() => startTransition(() => router.refresh()), false);
  return null;
}
