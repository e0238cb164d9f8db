"use client";

import { useTranslations } from "next-intl";
import { useEffect, useRef } from "react";
import { Button } from "#components/ui/button.tsx";
import { FormError } from "#components/ui/form-error.tsx";
import { AboutCard } from "./about-card.tsx";
import { FilesCard } from "./files-card.tsx";
import { IdentityCard } from "./identity-card.tsx";
import { UnfinishedNotice } from "./unfinished-notice.tsx";
import { UploadPanel } from "./upload-panel.tsx";
import { useIsOffline } from "./use-is-offline.ts";
import { useLeaveWarning } from "./use-leave-warning.ts";
import { useRegistration } from "./use-registration.ts";

/** Registers a model, or a version of `modelName`. */
export function RegistrationForm({ modelName }: { modelName: string | null }) {
  const t = useTranslations("register");
  const registration = useRegistration(modelName);
  const { form, upload, isBusy, formError } = registration;
  useLeaveWarning(isBusy, t("upload.leave"));
  const isOffline = useIsOffline();
  const { isSubmitting } = form.formState;
  const submitButton = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    // The button is disabled until the submission has ended, a moment after the upload.
    if (upload.phase === "cancelled" && !isSubmitting) submitButton.current?.focus();
  }, [upload.phase, isSubmitting]);
  return (
    <form noValidate className="flex max-w-3xl flex-col gap-4" onSubmit={registration.submit}>
      <UnfinishedNotice
        unfinished={registration.unfinished}
        waiting={registration.waiting}
        onDiscard={registration.discard}
      />
      <FilesCard registration={registration} />
      <fieldset disabled={isBusy} className="flex min-w-0 flex-col gap-4">
        <IdentityCard
          form={form}
          next={registration.next}
          detected={registration.detected}
          isNameFixed={modelName !== null}
        />
        <AboutCard form={form} />
      </fieldset>
      <FormError>{formError}</FormError>
      {upload.phase === "cancelled" && (
        <p role="status" className="text-muted">
          {t("upload.cancelled")}
        </p>
      )}
      {isBusy ? (
        <UploadPanel
          upload={upload}
          isOffline={isOffline}
          onPause={registration.pause}
          onResume={registration.resume}
          onCancel={registration.cancel}
        />
      ) : (
        <Button
          ref={submitButton}
          type="submit"
          variant="primary"
          className="self-start"
          isLoading={isSubmitting || upload.phase === "done"}
        >
          {t("submit")}
        </Button>
      )}
    </form>
  );
}
