"use client";

import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { ApiError, request } from "#components/api/request.ts";
import { useErrorText } from "#components/api/use-error-text.ts";
import { Field } from "#components/ui/field.tsx";
import { FormActions } from "#components/ui/form-actions.tsx";
import { FormError } from "#components/ui/form-error.tsx";
import { Input } from "#components/ui/input.tsx";
import { RoleField } from "./role-field.tsx";

/** Name, texts and role of a user or a service account; `onMade` gets what the server answers. */
export function NewAccountForm<T>(props: {
  path: "/users" | "/service-accounts";
  hasEmail?: boolean;
  onMade: (answer: T) => void;
}) {
  const t = useTranslations("admin.create");
  const common = useTranslations("common");
  const errorText = useErrorText();
  const router = useRouter();
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const fields = failure instanceof ApiError ? failure.fieldErrors : {};
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const email = String(form.get("email") ?? "").trim();
    const body = {
      name: form.get("name"),
      display_name: form.get("display_name"),
      role: form.get("role"),
      ...(email ? { email } : {}),
    };
    setBusy(true);
    setFailure(null);
    try {
      const answer = await request<T>(props.path, { method: "POST", body });
      router.refresh();
      props.onMade(answer);
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-3">
      <Field label={t("name")} hint={t("nameHint")} error={fields.name ?? null}>
        {(control) => (
          <Input
            {...control}
            name="name"
            required
            maxLength={100}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
          />
        )}
      </Field>
      <Field
        label={t("displayName")}
        optionalLabel={common("optional")}
        error={fields.display_name ?? null}
      >
        {(control) => <Input {...control} name="display_name" maxLength={200} autoComplete="off" />}
      </Field>
      {props.hasEmail && (
        <Field label={t("email")} optionalLabel={common("optional")} error={fields.email ?? null}>
          {(control) => (
            <Input {...control} name="email" type="email" maxLength={254} autoComplete="off" />
          )}
        </Field>
      )}
      <RoleField />
      <FormError>{failure === null ? null : errorText(failure)}</FormError>
      <FormActions label={t("make")} isBusy={isBusy} />
    </form>
  );
}
