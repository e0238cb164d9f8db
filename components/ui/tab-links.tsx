"use client";

import Link from "next/link";
import { type ReactNode, useEffect, useRef } from "react";
import { cn } from "./cn.ts";
import { Count } from "./format.tsx";

export type TabLink = { value: string; label: ReactNode; href: string; count?: number };

/** The parts of a page as links: each part has its own address and is read only when it is shown. */
export function TabLinks(props: { label: string; current: string; tabs: readonly TabLink[] }) {
  const nav = useRef<HTMLElement>(null);
  const { current } = props;
  // On a phone the current part may be beside the screen.
  useEffect(() => {
    const link = nav.current?.querySelector(`[data-tab="${current}"]`);
    if (!nav.current || !link) return;
    const [frame, box] = [nav.current.getBoundingClientRect(), link.getBoundingClientRect()];
    nav.current.scrollLeft += box.left + box.width / 2 - (frame.left + frame.width / 2);
  }, [current]);
  return (
    <nav ref={nav} aria-label={props.label} className="mb-4 overflow-x-auto border-line border-b">
      <ul className="flex gap-1 px-0.5 pt-0.5">
        {props.tabs.map((tab) => {
          const isCurrent = tab.value === current;
          return (
            <li key={tab.value}>
              <Link
                href={tab.href}
                data-tab={tab.value}
                scroll={false}
                aria-current={isCurrent ? "page" : undefined}
                className={cn(
                  "-outline-offset-2 inline-flex h-9 items-center gap-1.5 border-b-2 px-3 font-medium whitespace-nowrap hover:text-ink",
                  isCurrent ? "border-accent text-ink" : "border-transparent text-muted",
                )}
              >
                {tab.label}
                {tab.count !== undefined && (
                  <span className="text-muted text-xs">
                    <Count value={tab.count} />
                  </span>
                )}
              </Link>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}
