import type { ReactNode } from "react";

/** The page's one h1, a sentence about it, and its main actions. */
export function PageHeader(props: {
  title: ReactNode;
  description?: ReactNode;
  actions?: ReactNode;
  children?: ReactNode;
}) {
  return (
    <header className="mb-5 flex flex-wrap items-start justify-between gap-x-4 gap-y-3">
      <div className="min-w-0">
        <h1 className="font-semibold text-xl tracking-tight [overflow-wrap:anywhere]">
          {props.title}
        </h1>
        {props.description && <p className="mt-0.5 max-w-prose text-muted">{props.description}</p>}
        {props.children}
      </div>
      {props.actions && <div className="flex flex-wrap items-center gap-2">{props.actions}</div>}
    </header>
  );
}
