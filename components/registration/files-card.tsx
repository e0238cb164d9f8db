"use client";

import { useTranslations } from "next-intl";
import { useId } from "react";
import { Card } from "#components/ui/card.tsx";
import { DropZone } from "./drop-zone.tsx";
import { FileList } from "./file-list.tsx";
import type { RegistrationState } from "./use-registration.ts";

/** The files of the version: drop zone, list, and what is wrong with them. */
export function FilesCard({ registration }: { registration: RegistrationState }) {
  const t = useTranslations("register.files");
  const id = useId();
  const { chosen, upload, isBusy } = registration;
  return (
    <Card title={t("heading")}>
      {/* Not the list: a file that failed can be tried again while others are sent. */}
      <fieldset disabled={isBusy}>
        <DropZone
          isDisabled={isBusy}
          pickerRef={registration.pickerRef}
          describedBy={chosen.error ? id : undefined}
          onFiles={chosen.add}
          onUnreadable={() => chosen.setError(t("unreadable"))}
        />
      </fieldset>
      {chosen.error && (
        <p id={id} role="alert" className="mt-2 text-danger [overflow-wrap:anywhere]">
          {chosen.error}
        </p>
      )}
      {chosen.notice && (
        <p role="status" className="mt-2 text-muted">
          {chosen.notice}
        </p>
      )}
      {chosen.files.length > 0 && (
        <FileList
          files={chosen.files}
          states={upload.files}
          kept={registration.matched}
          isDisabled={isBusy}
          onRemove={chosen.remove}
          onClear={chosen.clear}
          onRetry={registration.retry}
        />
      )}
    </Card>
  );
}
