import Link from "next/link";
import type { ReactNode } from "react";
import { cn } from "#components/ui/cn.ts";

/** A number and what it counts; with `href` it opens the list behind it. */
export function Fact(props: {
  label: string;
  hint?: ReactNode;
  href?: string | undefined;
  tone?: "warn" | "danger";
  children: ReactNode;
}) {
  return (
    <div className="flex min-w-0 flex-col">
      <dt className="text-muted">{props.label}</dt>
      <dd
        className={cn(
          "font-semibold text-lg tabular-nums tracking-tight",
          props.tone === "warn" && "text-warn",
          props.tone === "danger" && "text-danger",
        )}
      >
        {props.href === undefined ? (
          props.children
        ) : (
          <Link
            href={props.href}
            className="inline-flex min-h-target items-center rounded underline decoration-line-strong underline-offset-4 hover:text-accent"
          >
            {props.children}
          </Link>
        )}
      </dd>
      {props.hint && <dd className="text-muted text-xs">{props.hint}</dd>}
    </div>
  );
}
