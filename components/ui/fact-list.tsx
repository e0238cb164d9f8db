import type { ReactNode } from "react";

export type Fact = { label: string; value: ReactNode };

/** Labelled facts; facts without a value are left out. */
export function FactList({ facts }: { facts: readonly (Fact | null)[] }) {
  return (
    <dl className="grid grid-cols-[minmax(7rem,auto)_minmax(0,1fr)] gap-x-4 gap-y-1.5">
      {facts
        .filter((fact) => fact !== null)
        .map((fact) => (
          <div key={fact.label} className="col-span-2 grid grid-cols-subgrid items-baseline">
            <dt className="text-muted">{fact.label}</dt>
            <dd className="min-w-0 [overflow-wrap:anywhere]">{fact.value}</dd>
          </div>
        ))}
    </dl>
  );
}
