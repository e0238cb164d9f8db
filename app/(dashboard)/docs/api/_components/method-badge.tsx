import { Badge, type Tone } from "#components/ui/badge.tsx";
import { cn } from "#components/ui/cn.ts";

const TONES: Record<string, Tone> = {
  GET: "accent",
  HEAD: "accent",
  POST: "ok",
  PUT: "warn",
  PATCH: "warn",
  DELETE: "danger",
};

export function MethodBadge({ method, className }: { method: string; className?: string }) {
  return (
    <Badge tone={TONES[method] ?? "neutral"} className={cn("font-mono text-[11px]", className)}>
      {method}
    </Badge>
  );
}
