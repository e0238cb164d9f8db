"use client";

import { useTranslations } from "next-intl";
import { isProblem } from "./server-problems.ts";

/** A field's error in the reader's language; a text of the server without a translation is shown as it is. */
export function useProblemText(): (error: { message?: string } | undefined) => string | null {
  const t = useTranslations("register.problem");
  return (error) => {
    const message = error?.message;
    if (!message) return null;
    return isProblem(message) ? t(message) : message;
  };
}
