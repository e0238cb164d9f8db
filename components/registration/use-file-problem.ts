"use client";

import { useTranslations } from "next-intl";
import { ApiError } from "#components/api/request.ts";
import { useErrorText } from "#components/api/use-error-text.ts";
import { UnreadableFileError } from "./upload/unreadable-file.ts";

const EXPLAINED = {
  network: "network",
  too_large: "tooLarge",
  insufficient_storage: "full",
  storage_read_only: "readOnly",
  too_many_uploads: "tooMany",
  digest_mismatch: "changedOnTheWay",
} as const;

/** The reason why a file is not on the server, in the reader's language where there is a translation. */
export function useFileProblem(): (error: unknown) => string {
  const t = useTranslations("register.files.failed");
  const errorText = useErrorText();
  return (error) => {
    if (error instanceof UnreadableFileError) return t("unreadable");
    const code = error instanceof ApiError ? error.code : "";
    const key = Object.entries(EXPLAINED).find(([known]) => known === code)?.[1];
    return key ? t(key) : errorText(error);
  };
}
