import type { ReactNode } from "react";
import { cn } from "#components/ui/cn.ts";

/** One number with what it means. */
export function Tile(props: {
  label: string;
  hint: string;
  isWarning?: boolean;
  children: ReactNode;
}) {
  return (
    <li className="flex min-w-0 flex-col rounded-lg border border-line bg-surface px-4 py-3">
      <span className="text-muted">{props.label}</span>
      <span
        className={cn(
          "font-semibold text-2xl tabular-nums tracking-tight",
          props.isWarning && "text-warn",
        )}
      >
        {props.children}
      </span>
      <span className="text-muted text-xs">{props.hint}</span>
    </li>
  );
}
