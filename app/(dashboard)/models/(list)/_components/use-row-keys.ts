"use client";

import { useEffect } from "react";

const STEPS: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 };

/**
 * Arrow up and down move the focus along the rows' links, from the search box too; Enter then opens
 * the link as any link. Other controls keep their own arrow keys.
 */
export function useRowKeys(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const step = STEPS[event.key];
      if (!step || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
      const rows = [...document.querySelectorAll<HTMLElement>("[data-row-link]")];
      const focused = document.activeElement;
      const at = rows.indexOf(focused as HTMLElement);
      const isFree = focused === document.body || focused?.id === "content" || focused === null;
      const isSearch = focused instanceof HTMLInputElement && focused.type === "search";
      if (at < 0 && !isFree && !isSearch) return;
      if (at < 0 && step < 0) return;
      const next = at < 0 ? rows[0] : rows[at + step];
      if (next) next.focus();
      else if (at === 0) document.querySelector<HTMLElement>("input[type=search]")?.focus();
      event.preventDefault();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}
