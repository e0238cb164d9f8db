import type { ReactNode } from "react";
import { CodeBlock } from "#components/ui/code-block.tsx";

export type Snippet = { label: string; code: string; note?: ReactNode };

/** Snippets under their labels, each with a copy button. */
export function SnippetList(props: { snippets: readonly Snippet[]; copyLabel: string }) {
  return (
    <div className="flex flex-col gap-4">
      {props.snippets.map(({ label, code, note }) => (
        <section key={label} className="min-w-0">
          <h3 className="mb-1 font-medium">{label}</h3>
          <CodeBlock code={code} label={label} copyLabel={props.copyLabel} />
          {note && <p className="mt-1 text-muted text-xs">{note}</p>}
        </section>
      ))}
    </div>
  );
}
