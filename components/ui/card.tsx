import type { ReactNode } from "react";
import { cn } from "./cn.ts";

/** A framed part of a page, with an optional heading and actions beside it. */
export function Card(props: {
  children: ReactNode;
  title?: ReactNode;
  actions?: ReactNode;
  className?: string;
  bodyClassName?: string;
}) {
  return (
    <section className={cn("min-w-0 rounded-lg border border-line bg-surface", props.className)}>
      {props.title && (
        <header className="flex min-h-11 flex-wrap items-center justify-between gap-2 border-line border-b px-4 py-1.5">
          <h2 className="font-semibold">{props.title}</h2>
          {props.actions}
        </header>
      )}
      <div className={cn("p-4", props.bodyClassName)}>{props.children}</div>
    </section>
  );
}
