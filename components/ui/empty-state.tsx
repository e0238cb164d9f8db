import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";

/** Says that there is nothing, why, and what to do next. */
export function EmptyState(props: {
  icon?: LucideIcon;
  title: ReactNode;
  description?: ReactNode;
  children?: ReactNode;
}) {
  const Icon = props.icon;
  return (
    <div className="flex flex-col items-center px-4 py-12 text-center">
      {Icon && <Icon aria-hidden className="mb-3 size-8 text-muted" strokeWidth={1.5} />}
      <h2 className="font-semibold text-base">{props.title}</h2>
      {props.description && <p className="mt-1 max-w-prose text-muted">{props.description}</p>}
      {props.children && (
        <div className="mt-4 flex w-full flex-col items-center gap-3">{props.children}</div>
      )}
    </div>
  );
}
