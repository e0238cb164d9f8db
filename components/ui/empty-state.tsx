import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";

/** Says that there is nothing, why, and what to do next. */
export function EmptyState(props: {
  icon?: LucideIcon;
  title: ReactNode;
  description?: ReactNode;
  children?: ReactNode;
  /** h1 where the empty state is the whole page. */
  heading?: "h1" | "h2";
}) {
  const Icon = props.icon;
  const Heading = props.heading ?? "h2";
  return (
    <div className="flex flex-col items-center px-4 py-12 text-center">
      {Icon && <Icon aria-hidden className="mb-3 size-8 text-muted" strokeWidth={1.5} />}
      <Heading className="font-semibold text-base">{props.title}</Heading>
      {props.description && <p className="mt-1 max-w-prose text-muted">{props.description}</p>}
      {props.children && (
        <div className="mt-4 flex w-full flex-col items-center gap-3">{props.children}</div>
      )}
    </div>
  );
}
