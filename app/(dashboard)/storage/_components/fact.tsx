import type { ReactNode } from "react";
import { cn } from "@/components/ui/cn.ts";

/** A number and what it counts. */
export function Fact(props: {
  label: string;
  hint?: ReactNode;
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
        {props.children}
      </dd>
      {props.hint && <dd className="text-muted text-xs">{props.hint}</dd>}
    </div>
  );
}
