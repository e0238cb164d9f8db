import { cn } from "./cn.ts";

/** A place where something will appear; give it the size of what comes. */
export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden className={cn("h-4 animate-pulse rounded bg-sunken", className)} />;
}
