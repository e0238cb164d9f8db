"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";
import { useTranslations } from "next-intl";
import { cn } from "#components/ui/cn.ts";
import { isCurrent, PAGES } from "./pages.ts";

/** The navigation: a column on a desk, a bar at the bottom of a phone. */
export function NavLinks({ layout }: { layout: "column" | "bar" }) {
  const t = useTranslations("nav");
  const pathname = usePathname();
  const pages = layout === "bar" ? PAGES.filter((page) => !page.isOnDesksOnly) : PAGES;
  return (
    <ul className={layout === "column" ? "flex flex-col gap-0.5" : "grid grid-cols-5"}>
      {pages.map(({ href, key, icon: Icon }) => {
        const isHere = isCurrent(href, pathname);
        return (
          <li key={key} className="min-w-0">
            <Link
              href={href}
              aria-current={isHere ? "page" : undefined}
              className={cn(
                "flex items-center rounded-md font-medium text-muted transition-colors hover:bg-sunken hover:text-ink",
                layout === "column"
                  ? "h-8 gap-2.5 px-2.5"
                  : "h-14 flex-col justify-center gap-0.5 px-0.5 text-[11px] -outline-offset-2",
                isHere && "bg-sunken text-ink",
              )}
            >
              <Icon aria-hidden className={layout === "column" ? "size-4" : "size-5"} />
              <span className="max-w-full truncate">{t(key)}</span>
            </Link>
          </li>
        );
      })}
    </ul>
  );
}
