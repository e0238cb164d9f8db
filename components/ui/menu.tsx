"use client";

import { Menu as Base } from "@base-ui/react/menu";
import { Check } from "lucide-react";
import Link from "next/link";
import type { ReactElement, ReactNode } from "react";
import { cn } from "./cn.ts";

const ITEM_STYLE =
  "flex min-h-8 w-full cursor-default items-center gap-2 rounded px-2 py-1 outline-none select-none data-[disabled]:opacity-50 data-[highlighted]:bg-sunken";

/** A menu button. `trigger` is the button element; the items are its children. */
export function Menu(props: {
  trigger: ReactElement;
  children: ReactNode;
  align?: "start" | "end";
}) {
  return (
    <Base.Root>
      <Base.Trigger render={props.trigger} />
      <Base.Portal>
        <Base.Positioner sideOffset={4} align={props.align ?? "end"} className="z-50">
          <Base.Popup className="min-w-44 rounded-lg border border-line bg-surface p-1 shadow-lg outline-none">
            {props.children}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

export function MenuItem(props: {
  children: ReactNode;
  onClick?: () => void;
  disabled?: boolean;
  isDanger?: boolean;
}) {
  return (
    <Base.Item
      className={cn(ITEM_STYLE, props.isDanger && "text-danger")}
      disabled={props.disabled}
      onClick={props.onClick}
    >
      {props.children}
    </Base.Item>
  );
}

export function MenuLink(props: { href: string; children: ReactNode }) {
  return (
    <Base.LinkItem render={<Link href={props.href} />} className={ITEM_STYLE} closeOnClick>
      {props.children}
    </Base.LinkItem>
  );
}

/** Items under a heading that says what they are about. */
export function MenuGroup(props: { label: ReactNode; children: ReactNode }) {
  return (
    <Base.Group>
      <Base.GroupLabel className="max-w-72 truncate border-line border-b px-2 pt-1 pb-2 text-muted text-xs">
        {props.label}
      </Base.GroupLabel>
      {props.children}
    </Base.Group>
  );
}

/** One choice out of several. */
export function MenuChoice<T extends string>(props: {
  value: T;
  onValueChange: (value: T) => void;
  options: readonly { value: T; label: ReactNode }[];
}) {
  return (
    <Base.RadioGroup value={props.value} onValueChange={(value: T) => props.onValueChange(value)}>
      {props.options.map((option) => (
        <Base.RadioItem key={option.value} value={option.value} className={ITEM_STYLE} closeOnClick>
          <span className="size-4 shrink-0">
            <Base.RadioItemIndicator>
              <Check aria-hidden className="size-4" />
            </Base.RadioItemIndicator>
          </span>
          {option.label}
        </Base.RadioItem>
      ))}
    </Base.RadioGroup>
  );
}
