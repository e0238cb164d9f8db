import type { ComponentProps } from "react";
import { cn } from "./cn.ts";

export const CONTROL_STYLE =
  "w-full rounded-md border border-line-strong/60 bg-surface px-3 text-ink transition-colors hover:border-line-strong disabled:cursor-not-allowed disabled:opacity-60 aria-invalid:border-danger";

export function Input({ className, ...props }: ComponentProps<"input">) {
  return <input className={cn(CONTROL_STYLE, "h-9", className)} {...props} />;
}
