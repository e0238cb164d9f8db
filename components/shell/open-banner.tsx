"use client";

import { TriangleAlert, X } from "lucide-react";
import { useTranslations } from "next-intl";
import { useSyncExternalStore } from "react";
import { buttonStyle } from "@/components/ui/button-style.ts";

const KEY = "open-banner-dismissed";
const watchers = new Set<() => void>();

function watch(onChange: () => void) {
  watchers.add(onChange);
  return () => {
    watchers.delete(onChange);
  };
}
function isDismissed(): boolean {
  try {
    return sessionStorage.getItem(KEY) === "1";
  } catch {
    return false;
  }
}
function dismiss() {
  try {
    sessionStorage.setItem(KEY, "1");
  } catch {
    // Storage is blocked: the notice simply stays.
  }
  for (const watcher of watchers) watcher();
}

/** Says that anybody on the network may do everything, until dismissed for this browser session. */
export function OpenBanner() {
  const t = useTranslations("nav");
  const isHidden = useSyncExternalStore(watch, isDismissed, () => false);
  if (isHidden) return null;
  return (
    <section
      aria-label={t("openBannerLabel")}
      className="flex items-start gap-2.5 border-warn/30 border-b bg-warn-soft px-4 py-2 text-warn"
    >
      <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
      <p className="min-w-0 flex-1">{t("openBanner")}</p>
      <button
        type="button"
        aria-label={t("openBannerDismiss")}
        title={t("openBannerDismiss")}
        onClick={dismiss}
        className={buttonStyle("ghost", "icon", "size-6 text-warn")}
      >
        <X aria-hidden className="size-4" />
      </button>
    </section>
  );
}
