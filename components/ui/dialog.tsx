"use client";

import { Dialog as Base } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import { useTranslations } from "next-intl";
import type { ReactElement, ReactNode } from "react";
import { buttonStyle } from "./button-style.ts";
import { cn } from "./cn.ts";

export const BACKDROP_STYLE = "fixed inset-0 z-40 bg-black/40 dark:bg-black/60";
export const POPUP_STYLE =
  "fixed top-1/2 left-1/2 z-50 max-h-[calc(100dvh-2rem)] w-[calc(100vw-2rem)] max-w-lg -translate-x-1/2 -translate-y-1/2 overflow-auto rounded-lg border border-line bg-surface p-5 shadow-xl outline-none";

type DialogProps = {
  title: ReactNode;
  description?: ReactNode;
  /** The element that opens the dialog; omit it and control `open` instead. */
  trigger?: ReactElement;
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
  children: ReactNode;
  className?: string;
};

/** A modal dialog: focus moves in, Escape closes it, and focus returns to where it was. */
export function Dialog(props: DialogProps) {
  const t = useTranslations("common");
  return (
    <Base.Root open={props.open} onOpenChange={(open) => props.onOpenChange?.(open)}>
      {props.trigger && <Base.Trigger render={props.trigger} />}
      <Base.Portal>
        <Base.Backdrop className={BACKDROP_STYLE} />
        <Base.Popup className={cn(POPUP_STYLE, props.className)}>
          <Base.Title className="pr-8 font-semibold text-base [overflow-wrap:anywhere]">
            {props.title}
          </Base.Title>
          {props.description && (
            <Base.Description className="mt-1 text-muted [overflow-wrap:anywhere]">
              {props.description}
            </Base.Description>
          )}
          <div className="mt-4">{props.children}</div>
          <Base.Close
            aria-label={t("close")}
            className={buttonStyle("ghost", "icon", "absolute top-3.5 right-3.5")}
          >
            <X aria-hidden className="size-4" />
          </Base.Close>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

/** Closes the dialog around it. */
export const DialogClose = Base.Close;
