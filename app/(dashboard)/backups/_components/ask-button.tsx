"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { request } from "#components/api/request.ts";
import { useErrorText } from "#components/api/use-error-text.ts";
import { Button } from "#components/ui/button.tsx";
import { useToast } from "#components/ui/toast.tsx";

type AskButtonProps = {
  path: string;
  body?: { all: boolean };
  label: string;
  /** What the button is called where its label alone does not say it. */
  name?: string;
  hint?: string;
  done: string;
  failed: string;
  isRunning: boolean;
  isPrimary?: boolean;
  isSmall?: boolean;
};

/** Asks for work in the background, and says whether it was taken. */
export function AskButton(props: AskButtonProps) {
  const errorText = useErrorText();
  const toast = useToast();
  const router = useRouter();
  const [isAsking, setAsking] = useState(false);
  const ask = async () => {
    setAsking(true);
    try {
      await request(props.path, { method: "POST", ...(props.body ? { body: props.body } : {}) });
      toast.success({ title: props.done });
    } catch (error) {
      toast.error({ title: props.failed, description: errorText(error) });
    } finally {
      setAsking(false);
      router.refresh();
    }
  };
  return (
    <Button
      variant={props.isPrimary ? "primary" : "secondary"}
      {...(props.isSmall ? { size: "sm" as const } : {})}
      isLoading={isAsking || props.isRunning}
      aria-label={props.name}
      title={props.hint}
      onClick={() => void ask()}
    >
      {props.label}
    </Button>
  );
}
