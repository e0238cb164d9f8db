import { type ChartLine, type Mark, strokeOf } from "./lines.ts";

/** The values of all lines at one time, and what happened then. */
export function LinesTooltip(props: {
  title: string;
  lines: readonly ChartLine[];
  index: number;
  format: (value: number) => string;
  marks: readonly Mark[];
}) {
  return (
    <div className="max-w-72 rounded-md border border-line bg-surface px-2.5 py-1.5 text-xs shadow-sm">
      <p className="text-muted">{props.title}</p>
      <ul>
        {props.lines.map(({ key, label, values }, place) => {
          const value = values[props.index];
          if (value == null) return null;
          return (
            <li key={key} className="flex items-center gap-1.5">
              <span
                aria-hidden
                className="size-2 shrink-0 rounded-full"
                style={{ background: strokeOf(place).stroke }}
              />
              <span className="truncate">{label}</span>
              <span className="ml-auto pl-3 font-semibold tabular-nums">{props.format(value)}</span>
            </li>
          );
        })}
      </ul>
      {props.marks.map(({ at, label, isCritical }) => (
        <p key={`${at} ${label}`} className={isCritical ? "text-danger" : "text-warn"}>
          {label}
        </p>
      ))}
    </div>
  );
}
