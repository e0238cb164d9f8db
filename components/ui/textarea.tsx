import type { ComponentProps } from "react";
import { cn } from "./cn.ts";
import { CONTROL_STYLE } from "./input.tsx";

export function Textarea({ className, ...props }: ComponentProps<"textarea">) {
  return <textarea className={cn(CONTROL_STYLE, "min-h-24 py-2", className)} {...props} />;
}
