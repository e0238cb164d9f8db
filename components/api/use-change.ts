"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { type ToastOptions, useToast } from "#components/ui/toast.tsx";
import { useErrorText } from "./use-error-text.ts";

/**
 * Runs a change, then shows the page as it is afterwards and a message about what was done. `error` is the text to
 * show beside the form when the change failed. `run` resolves to whether it succeeded; `isHeard` says of an error
 * whether the form explains it in its own way.
 */
export function useChange() {
  const router = useRouter();
  const toast = useToast();
  const errorText = useErrorText();
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const run = async (
    change: () => Promise<unknown>,
    done: ToastOptions,
    isHeard?: (cause: unknown) => Promise<boolean>,
  ): Promise<boolean> => {
    setBusy(true);
    setError(null);
    try {
      await change();
      router.refresh();
      toast.success(done);
      return true;
    } catch (cause) {
      if (!(await isHeard?.(cause))) setError(errorText(cause));
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { run, isBusy, error, setError };
}
