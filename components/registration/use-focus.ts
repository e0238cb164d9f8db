"use client";

import { useEffect, useRef, useState } from "react";
import type { FieldErrors, FieldPath } from "react-hook-form";
import type { FormValues } from "./form-values.ts";

/** `failedFile` is the first file that can be tried again. */
export type FocusTarget = FieldPath<FormValues> | "files" | "failedFile";

/** The fields in the order of the page. */
const ORDER = [
  "name",
  "framework",
  "versionChoice",
  "version",
  "description",
  "tags",
  "metadata",
] as const;

/** The first field of the page that has an error. */
export function firstField(errors: FieldErrors<FormValues>): FocusTarget {
  const field = ORDER.find((name) => errors[name]) ?? "name";
  if (field !== "tags") return field;
  const index = errors.tags?.findIndex?.((row) => row) ?? 0;
  return `tags.${Math.max(index, 0)}.key`;
}

/** Waits for the end of an upload, since fields are disabled while it runs and a disabled one takes no focus. */
export function useFocusWhenIdle(
  isBusy: boolean,
  focus: (target: FocusTarget) => void,
): (target: FocusTarget) => void {
  const [wanted, setWanted] = useState<{ target: FocusTarget } | null>(null);
  const latest = useRef(focus);
  useEffect(() => {
    latest.current = focus;
  });
  useEffect(() => {
    if (!wanted || isBusy) return;
    latest.current(wanted.target);
    // Only once: the end of the next upload has nothing to do with this wish.
    setWanted(null);
  }, [wanted, isBusy]);
  return (target) => setWanted({ target });
}
