"use client";

import { cn } from "#components/ui/cn.ts";

/** One choice of several, all visible: radio buttons in the look of a switch. */
export function RangeSwitch<Range extends string>(props: {
  label: string;
  value: Range;
  options: readonly { value: Range; label: string }[];
  onChange: (range: Range) => void;
}) {
  return (
    <fieldset className="inline-flex rounded-md border border-line bg-surface p-0.5">
      <legend className="sr-only">{props.label}</legend>
      {props.options.map(({ value, label }) => (
        <label
          key={value}
          className={cn(
            "relative inline-flex h-7 cursor-pointer items-center rounded px-2.5 text-[13px] text-muted hover:text-ink has-focus-visible:outline-2 has-focus-visible:outline-accent",
            value === props.value && "bg-accent-soft font-medium text-accent hover:text-accent",
          )}
        >
          <input
            type="radio"
            name="range"
            value={value}
            checked={value === props.value}
            onChange={() => props.onChange(value)}
            className="absolute inset-0 cursor-pointer opacity-0"
          />
          {label}
        </label>
      ))}
    </fieldset>
  );
}
