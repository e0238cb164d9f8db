import { CopyButton } from "./copy-button.tsx";

/** A command or snippet with a copy button; long lines wrap, so that all of it can be read at every width. */
export function CodeBlock(props: { code: string; label: string; copyLabel: string }) {
  return (
    <div className="relative w-full min-w-0 rounded-md border border-line bg-sunken text-left">
      <section
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        tabIndex={0}
        aria-label={props.label}
        className="overflow-x-auto rounded-md p-3 pr-12"
      >
        <pre className="whitespace-pre-wrap font-mono text-[13px] leading-5 [overflow-wrap:anywhere]">
          <code>{props.code}</code>
        </pre>
      </section>
      <CopyButton
        value={props.code}
        label={props.copyLabel}
        className="absolute top-2 right-2 size-7 border border-line bg-surface"
      />
    </div>
  );
}
