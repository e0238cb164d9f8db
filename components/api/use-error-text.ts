"use client";

import { useTranslations } from "next-intl";
import { ApiError } from "./request.ts";

/** The sentence for the user about a failed request. */
export function useErrorText(): (error: unknown) => string {
  const t = useTranslations("errors");
  return (error) => {
    if (!(error instanceof ApiError)) return t("unexpected");
    if (error.code === "network") return t("network");
    return error.detail || error.title || t("status", { status: error.status });
  };
}
