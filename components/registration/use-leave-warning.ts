"use client";

import { useEffect } from "react";

/** While `isBusy`, closing the page and following a link of the page ask first. */
export function useLeaveWarning(isBusy: boolean, question: string): void {
  useEffect(() => {
    if (!isBusy) return;
    const beforeUnload = (event: BeforeUnloadEvent) => event.preventDefault();
    // Next has no hook for its own navigation; the capture phase is before its links' handlers.
    const click = (event: MouseEvent) => {
      const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
      if (!link || link.getAttribute("target") === "_blank" || event.ctrlKey || event.metaKey)
        return;
      if (window.confirm(question)) return;
      event.preventDefault();
      event.stopPropagation();
    };
    window.addEventListener("beforeunload", beforeUnload);
    document.addEventListener("click", click, true);
    return () => {
      window.removeEventListener("beforeunload", beforeUnload);
      document.removeEventListener("click", click, true);
    };
  }, [isBusy, question]);
}
