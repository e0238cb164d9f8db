"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";
import { useTranslations } from "next-intl";
import { cn } from "#components/ui/cn.ts";
import { OpenAlerts } from "./open-alerts.tsx";
import { isCurrent, type PageAccess, pagesFor } from "./pages.ts";

/** The navigation: a column on a desk, a bar at the bottom of a phone. */
export function NavLinks(props: { layout: "column" | "bar"; access: PageAccess }) {
  const { layout } = props;
  const t = useTranslations("nav");
  const pathname = usePathname();
  const all = pagesFor(props.access);
  const pages = layout === "bar" ? all.filter((page) => !page.isOnDesksOnly) : all;
  return (
    <ul
      className={layout === "column" ? "flex flex-col gap-0.5" : "grid auto-cols-fr grid-flow-col"}
    >
      {pages.map(({ href, key, icon: Icon }) => {
        const isHere = isCurrent(href, pathname);
        return (
          <li key={key} className="min-w-0">
            <Link
              href={href}
              aria-current={isHere ? "page" : undefined}
              className={cn(
                "relative flex items-center rounded-md font-medium text-muted transition-colors hover:bg-sunken hover:text-ink",
                layout === "column"
                  ? "h-8 gap-2.5 px-2.5"
                  : "h-14 flex-col justify-center gap-0.5 px-0.5 text-[11px] -outline-offset-2",
                isHere && "bg-sunken text-ink",
              )}
            >
              <Icon aria-hidden className={layout === "column" ? "size-4" : "size-5"} />
              <span className="max-w-full truncate">{t(key)}</span>
              {key === "alerts" && (
                <OpenAlerts
                  className={
                    layout === "column" ? "ml-auto" : "absolute top-1 left-[calc(50%+6px)]"
                  }
                />
              )}
            </Link>
          </li>
        );
      })}
    </ul>
  );
}
