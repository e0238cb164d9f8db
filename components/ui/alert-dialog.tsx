"use client";

import { AlertDialog as Base } from "@base-ui/react/alert-dialog";
import { useTranslations } from "next-intl";
import { type ReactElement, type ReactNode, useState } from "react";
import { Button } from "./button.tsx";
import { buttonStyle } from "./button-style.ts";
import { BACKDROP_STYLE, POPUP_STYLE } from "./dialog.tsx";

type AlertDialogProps = {
  title: ReactNode;
  /** Says what will happen, and whether it can be undone. */
  description: ReactNode;
  /** Label of the button that confirms: a verb. */
  confirmLabel: string;
  /** The label of the button that does nothing; "Cancel" without it. */
  dismissLabel?: string;
  /** Runs before the dialog closes; if it throws, the dialog stays open (show why in a toast). */
  onConfirm: () => void | Promise<void>;
  trigger?: ReactElement;
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
  isDanger?: boolean;
  children?: ReactNode;
};

/** Asks before an action; the focus starts on "Cancel". */
export function AlertDialog(props: AlertDialogProps) {
  const t = useTranslations("common");
  const [isOpenInside, setOpenInside] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const setOpen = (open: boolean) => {
    setOpenInside(open);
    props.onOpenChange?.(open);
  };
  const confirm = async () => {
    setBusy(true);
    try {
      await props.onConfirm();
      setOpen(false);
    } catch {
      // onConfirm has shown the reason; the dialog stays for another try.
    } finally {
      setBusy(false);
    }
  };
  return (
    <Base.Root open={props.open ?? isOpenInside} onOpenChange={(open) => setOpen(open)}>
      {props.trigger && <Base.Trigger render={props.trigger} />}
      <Base.Portal>
        <Base.Backdrop className={BACKDROP_STYLE} />
        <Base.Popup className={POPUP_STYLE}>
          <Base.Title className="font-semibold text-base [overflow-wrap:anywhere]">
            {props.title}
          </Base.Title>
          <Base.Description className="mt-1.5 text-muted [overflow-wrap:anywhere]">
            {props.description}
          </Base.Description>
          {props.children}
          <div className="mt-5 flex flex-wrap justify-end gap-2">
            <Base.Close className={buttonStyle("secondary")}>
              {props.dismissLabel ?? t("cancel")}
            </Base.Close>
            <Button
              variant={props.isDanger ? "danger" : "primary"}
              isLoading={isBusy}
              onClick={confirm}
            >
              {props.confirmLabel}
            </Button>
          </div>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
