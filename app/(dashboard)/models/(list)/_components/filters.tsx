"use client";

import { SlidersHorizontal } from "lucide-react";
import { useTranslations } from "next-intl";
import { type ReactNode, useState } from "react";
import { Button } from "#components/ui/button.tsx";
import { cn } from "#components/ui/cn.ts";

/** The filters: beside the list on a desk, unfolded by a button on smaller screens. */
export function Filters({ children, activeCount }: { children: ReactNode; activeCount: number }) {
  const t = useTranslations("models");
  const [isOpen, setOpen] = useState(false);
  return (
    <aside aria-label={t("filters")} className="min-w-0">
      <Button
        className="w-full lg:hidden"
        aria-expanded={isOpen}
        aria-controls="filters"
        onClick={() => setOpen(!isOpen)}
      >
        <SlidersHorizontal aria-hidden className="size-4" />
        {activeCount > 0 ? t("filtersActive", { count: activeCount }) : t("filters")}
      </Button>
      <div
        id="filters"
        className={cn(
          "grid grid-cols-1 gap-5 max-lg:mt-2 max-lg:rounded-lg max-lg:border max-lg:border-line max-lg:bg-surface max-lg:p-3 sm:max-lg:grid-cols-2",
          !isOpen && "max-lg:hidden",
        )}
      >
        {children}
      </div>
    </aside>
  );
}
