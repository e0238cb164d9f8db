"use client";

import { ChevronLeft, ChevronRight } from "lucide-react";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { LinkButton } from "./link-button.tsx";

/** Previous and next as real links; a missing href means there is no such page. */
export function Pagination(props: {
  previousHref: string | null;
  nextHref: string | null;
  /** Such as "1 to 50 of 10,000". */
  summary?: ReactNode;
  previousLabel?: string;
  children?: ReactNode;
}) {
  const t = useTranslations("common");
  return (
    <nav
      aria-label={t("pagination")}
      className="flex flex-wrap items-center justify-between gap-3 py-3"
    >
      <p className="text-muted tabular-nums">{props.summary}</p>
      <div className="flex flex-wrap items-center gap-2">
        {props.children}
        {props.previousHref && (
          <LinkButton href={props.previousHref} rel="prev" size="sm">
            <ChevronLeft aria-hidden className="size-4" />
            {props.previousLabel ?? t("previous")}
          </LinkButton>
        )}
        {props.nextHref && (
          <LinkButton href={props.nextHref} rel="next" size="sm">
            {t("next")}
            <ChevronRight aria-hidden className="size-4" />
          </LinkButton>
        )}
      </div>
    </nav>
  );
}
