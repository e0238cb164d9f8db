"use client";

import { Tabs as Base } from "@base-ui/react/tabs";
import type { ReactNode } from "react";

export type Tab = { value: string; label: ReactNode; content: ReactNode };

/** Tabs; uncontrolled unless `value` is given. The list scrolls sideways when it does not fit. */
export function Tabs(props: {
  tabs: readonly Tab[];
  label: string;
  value?: string;
  defaultValue?: string;
  onValueChange?: (value: string) => void;
}) {
  return (
    <Base.Root
      value={props.value}
      defaultValue={
        props.value === undefined ? (props.defaultValue ?? props.tabs[0]?.value) : undefined
      }
      onValueChange={(value) => props.onValueChange?.(String(value))}
    >
      <Base.List
        aria-label={props.label}
        className="flex gap-1 overflow-x-auto border-line border-b px-0.5 pt-0.5"
      >
        {props.tabs.map((tab) => (
          <Base.Tab
            key={tab.value}
            value={tab.value}
            className="-mb-px h-9 shrink-0 border-transparent border-b-2 px-3 font-medium text-muted -outline-offset-2 hover:text-ink data-[active]:border-accent data-[active]:text-ink"
          >
            {tab.label}
          </Base.Tab>
        ))}
      </Base.List>
      {props.tabs.map((tab) => (
        <Base.Panel key={tab.value} value={tab.value} className="pt-4">
          {tab.content}
        </Base.Panel>
      ))}
    </Base.Root>
  );
}
