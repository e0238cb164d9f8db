"use client";

import type { ReactNode } from "react";
import { request } from "#components/api/request.ts";
import { useChange } from "#components/api/use-change.ts";
import { useErrorText } from "#components/api/use-error-text.ts";
import { AlertDialog } from "#components/ui/alert-dialog.tsx";
import { Button } from "#components/ui/button.tsx";
import type { ButtonSize } from "#components/ui/button-style.ts";
import { useToast } from "#components/ui/toast.tsx";

/** Asks, sends one request, and says that it is done; a refusal is said too, and the question stays. */
export function ConfirmButton(props: {
  /** The verb, on the button and in the question. */
  label: string;
  /** For screen readers, where many buttons have the same label: "Revoke the token ci". */
  ariaLabel?: string;
  title: string;
  text: ReactNode;
  done: string;
  path: string;
  method?: "DELETE" | "PATCH" | "POST";
  body?: unknown;
  size?: ButtonSize;
  isDanger?: boolean;
  disabled?: boolean;
}) {
  const { run } = useChange();
  const toast = useToast();
  const errorText = useErrorText();
  const confirm = async () => {
    let failure: unknown = null;
    const send = () =>
      request(props.path, { method: props.method ?? "DELETE", body: props.body }).catch(
        (error: unknown) => {
          failure = error;
          throw error;
        },
      );
    if (await run(send, { title: props.done })) return;
    toast.error({ title: errorText(failure) });
    throw failure;
  };
  return (
    <AlertDialog
      title={props.title}
      description={props.text}
      confirmLabel={props.label}
      isDanger={props.isDanger ?? false}
      onConfirm={confirm}
      trigger={
        <Button
          size={props.size ?? "sm"}
          variant={props.isDanger ? "danger" : "secondary"}
          aria-label={props.ariaLabel}
          disabled={props.disabled}
        >
          {props.label}
        </Button>
      }
    />
  );
}
