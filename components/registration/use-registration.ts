"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useEffect, useRef, useState } from "react";
import { useForm } from "react-hook-form";
import { ApiError } from "@/components/api/request.ts";
import { useErrorText } from "@/components/api/use-error-text.ts";
import {
  EMPTY_FORM,
  type FormValues,
  formSchema,
  toFields,
} from "@/components/registration/form-values.ts";
import type { Registered } from "@/components/registration/send-registration.ts";
import { fieldOfPointer, serverProblemKey } from "@/components/registration/server-problems.ts";
import { useChosenFiles } from "@/components/registration/use-chosen-files.ts";
import { useDiskCheck } from "@/components/registration/use-disk-check.ts";
import { firstField, useFocusWhenIdle } from "@/components/registration/use-focus.ts";
import { useNextVersions } from "@/components/registration/use-next-versions.ts";
import { useUpload } from "@/components/registration/use-upload.ts";
import { useToast } from "@/components/ui/toast";
import { modelApi, versionHref } from "@/components/versions/paths.ts";
import type { FrameworkName } from "@/lib/models/schema.ts";

/** Everything behind the registration form; `modelName` is null where the name is to be chosen. */
export function useRegistration(modelName: string | null) {
  const t = useTranslations("register");
  const router = useRouter();
  const toast = useToast();
  const errorText = useErrorText();
  const form = useForm<FormValues>({
    resolver: zodResolver(formSchema),
    mode: "onTouched",
    // The files, which the library does not know, come first.
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
  const { next, refetch } = useNextVersions(form.watch("name"));
  const isKnown = next !== null;
  useEffect(() => {
    if (form.getValues("versionChoice") !== "typed")
      form.setValue("versionChoice", isKnown ? "patch" : "first");
  }, [form, isKnown]);
  const { upload, send, cancel } = useUpload();
  const isFitting = useDiskCheck();
  const isBusy = upload.phase === "sending" || upload.phase === "reading";
  const setFocus = useFocusWhenIdle(isBusy, (field) =>
    field === "files" ? pickerRef.current?.focus() : form.setFocus(field),
  );

  const showRefusal = (error: unknown) => {
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
    const lack = await isFitting(chosen.files);
    if (lack !== null) {
      chosen.setError(lack);
      setFocus("files");
      return;
    }
    const path = modelName === null ? "/models" : `${modelApi(modelName)}/versions`;
    try {
      const registered = await send(path, toFields(values, detected), chosen.files);
      if (registered) finish(registered);
    } catch (error) {
      showRefusal(error);
    }
  };
  const submit = form.handleSubmit(
    (values) => (chosen.check() ? register(values) : setFocus("files")),
    (errors) => setFocus(chosen.check() ? firstField(errors) : "files"),
  );
  return { form, chosen, detected, next, upload, isBusy, cancel, submit, formError, pickerRef };
}
export type RegistrationState = ReturnType<typeof useRegistration>;
