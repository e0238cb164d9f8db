"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useEffect, useRef, useState } from "react";
import { useForm } from "react-hook-form";
import { modelApi, versionHref } from "#components/api/paths.ts";
import { ApiError } from "#components/api/request.ts";
import { useErrorText } from "#components/api/use-error-text.ts";
import { useToast } from "#components/ui/toast.tsx";
import { bumpSchema } from "#lib/models/request-schema.ts";
import type { FrameworkName } from "#lib/wire/words.ts";
import { totalBytes } from "./chosen-files.ts";
import { EMPTY_FORM, type FormValues, formSchema, toBody } from "./form-values.ts";
import { forgetValues, keepValues, restoreValues } from "./kept-values.ts";
import { fieldOfPointer, serverProblemKey } from "./server-problems.ts";
import { discardUnfinished } from "./upload/page-uploads.ts";
import type { Registered } from "./upload/register-uploaded.ts";
import { useChosenFiles } from "./use-chosen-files.ts";
import { useDiskCheck } from "./use-disk-check.ts";
import { firstField, useFocusWhenIdle } from "./use-focus.ts";
import { useNextVersions } from "./use-next-versions.ts";
import { matchChosen, useUnfinished } from "./use-unfinished.ts";
import { UploadFailedError, useUpload } from "./use-upload.ts";

/** Everything behind the registration form; `modelName` is null where the name is to be chosen. */
export function useRegistration(modelName: string | null) {
  const t = useTranslations("register");
  const router = useRouter();
  const toast = useToast();
  const errorText = useErrorText();
  const form = useForm<FormValues>({
    resolver: zodResolver(formSchema),
    mode: "onTouched",
    // The files come first, and the form library does not know them.
    shouldFocusError: false,
    defaultValues: { ...EMPTY_FORM, name: modelName ?? "" },
  });
  const [detected, setDetected] = useState<FrameworkName | null>(null);
  const [formError, setFormError] = useState<string | null>(null);
  const pickerRef = useRef<HTMLButtonElement>(null);
  const chosen = useChosenFiles(({ name, framework }) => {
    const { dirtyFields } = form.formState;
    if (modelName === null && !dirtyFields.name)
      form.setValue("name", name ?? "", { shouldValidate: name !== null });
    if (!dirtyFields.framework) form.setValue("framework", framework ?? "");
    setDetected(framework);
  });
  const formId = modelName ?? "";
  // A bump can be chosen only once the server has said that the model exists.
  const restored = useRef<FormValues["versionChoice"] | null>(null);
  useEffect(() => {
    const values = restoreValues(formId);
    if (!values) return;
    form.reset(values, { keepDefaultValues: true });
    restored.current = bumpSchema.safeParse(values.versionChoice).data ?? null;
  }, [form, formId]);
  const { next, refetch } = useNextVersions(form.watch("name"));
  const isKnown = next !== null;
  useEffect(() => {
    if (form.getValues("versionChoice") !== "typed")
      form.setValue("versionChoice", isKnown ? (restored.current ?? "patch") : "first");
  }, [form, isKnown]);
  const { register: send, ...transfer } = useUpload(formId);
  const { upload } = transfer;
  const isFitting = useDiskCheck();
  const isBusy = ["opening", "sending", "paused", "registering"].includes(upload.phase);
  const { unfinished, refetch: refetchUnfinished } = useUnfinished(formId, isBusy);
  const { matched, waiting } = matchChosen(unfinished, chosen.files);
  const setFocus = useFocusWhenIdle(isBusy, (field) => {
    if (field === "files") pickerRef.current?.focus();
    else if (field === "failedFile")
      document.querySelector<HTMLElement>("button[data-retry]")?.focus();
    else form.setFocus(field);
  });

  const showRefusal = (error: unknown) => {
    if (error instanceof UploadFailedError) {
      // Each file's row gives the reason.
      setFormError(t("upload.failed"));
      setFocus("failedFile");
      return;
    }
    const problem = error instanceof ApiError ? error : null;
    const key = serverProblemKey(problem?.code);
    for (const [index, { pointer, detail }] of (problem?.errors ?? []).entries()) {
      const field = fieldOfPointer(pointer, form.getValues("versionChoice"));
      const message = key ?? detail;
      if (field === "files") {
        chosen.setError(problem?.detail || detail);
      } else if (field) form.setError(field, { message });
      if (index === 0 && field) setFocus(field);
    }
    setFormError(errorText(error));
    if (problem?.code === "version_exists") refetch();
  };
  const finish = ({ version, isNew }: Registered) => {
    forgetValues(formId);
    const words = { name: version.model, version: version.version };
    toast.success(
      isNew
        ? { title: t("done.title", words), description: t("done.facts") }
        : { title: t("done.sameTitle", words), description: t("done.same") },
    );
    router.push(versionHref(version.model, version.version));
  };
  const register = async (values: FormValues) => {
    setFormError(null);
    const keptBytes = [...matched.values()].reduce((sum, { sentBytes }) => sum + sentBytes, 0);
    const lack = await isFitting(totalBytes(chosen.files) - keptBytes);
    if (lack !== null) {
      chosen.setError(lack);
      setFocus("files");
      return;
    }
    keepValues(formId, values);
    const path = modelName === null ? "/models" : `${modelApi(modelName)}/versions`;
    try {
      const registered = await send(path, toBody(values, detected), chosen.files);
      if (registered) finish(registered);
    } catch (error) {
      showRefusal(error);
    }
  };
  const submit = form.handleSubmit(
    (values) => (chosen.check() ? register(values) : setFocus("files")),
    (errors) => setFocus(chosen.check() ? firstField(errors) : "files"),
  );
  const discard = async () => {
    forgetValues(formId);
    await transfer.cancel();
    await discardUnfinished(unfinished);
    await refetchUnfinished();
  };
  return {
    ...transfer,
    ...{ form, chosen, detected, next, isBusy, submit, formError, pickerRef },
    ...{ unfinished, matched, waiting, discard },
  };
}
export type RegistrationState = ReturnType<typeof useRegistration>;
