import type { ComponentProps } from "react";
import { cn } from "./cn.ts";

/** The platform's checkbox in the accent colour; give it a label (or `aria-label`). */
export function Checkbox({ className, ...props }: Omit<ComponentProps<"input">, "type">) {
  return (
    <input type="checkbox" className={cn("size-4 shrink-0 accent-accent", className)} {...props} />
  );
}
