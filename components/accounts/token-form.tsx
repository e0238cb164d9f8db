"use client";

import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import type { z } from "zod";
import { ApiError, request } from "#components/api/request.ts";
import { useErrorText } from "#components/api/use-error-text.ts";
import { CheckField } from "#components/ui/check-field.tsx";
import { Field } from "#components/ui/field.tsx";
import { FormActions } from "#components/ui/form-actions.tsx";
import { FormError } from "#components/ui/form-error.tsx";
import { Input } from "#components/ui/input.tsx";
import { type createdTokenSchema, TOKEN_DAYS_MAX } from "#lib/accounts/credential-schema.ts";
import { scopeSchema } from "#lib/accounts/schema.ts";

export type CreatedToken = z.infer<typeof createdTokenSchema>;
const DAYS = 90;
/** Messages are nested at dots; their keys have no colons either. */
const SCOPE_LABELS = {
  "models:read": "models_read",
  "models:write": "models_write",
  "loads:write": "loads_write",
  "cluster:agent": "cluster_agent",
  admin: "admin",
} as const;

export function TokenForm(props: { path: string; onMade: (token: CreatedToken) => void }) {
  const t = useTranslations("accounts.tokens");
  const errorText = useErrorText();
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const fields = failure instanceof ApiError ? failure.fieldErrors : {};
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setFailure(null);
    const body = {
      name: form.get("name"),
      scopes: form.getAll("scopes"),
      models: String(form.get("models"))
        .split(/[\s,]+/)
        .filter((pattern) => pattern !== ""),
      expires_in_days: Number(form.get("days")),
    };
    try {
      props.onMade(await request<CreatedToken>(props.path, { method: "POST", body }));
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
          <Input {...control} name="name" required maxLength={200} autoComplete="off" />
        )}
      </Field>
      <fieldset className="flex flex-col gap-1.5">
        <legend className="mb-1 font-medium">{t("scopes")}</legend>
        {scopeSchema.options.map((scope) => (
          <CheckField
            key={scope}
            name="scopes"
            value={scope}
            defaultChecked={scope === "models:read"}
          >
            <code className="font-mono text-[13px]">{scope}</code>{" "}
            <span className="text-muted">{t(`scope.${SCOPE_LABELS[scope]}`)}</span>
          </CheckField>
        ))}
        {fields.scopes && (
          <p role="alert" className="text-danger text-xs">
            {fields.scopes}
          </p>
        )}
      </fieldset>
      <Field label={t("models")} hint={t("modelsHint")} error={fields.models ?? null}>
        {(control) => <Input {...control} name="models" autoComplete="off" spellCheck={false} />}
      </Field>
      <Field
        label={t("days")}
        hint={t("daysHint", { days: TOKEN_DAYS_MAX })}
        error={fields.expires_in_days ?? null}
      >
        {(control) => (
          <Input
            {...control}
            name="days"
            type="number"
            min={1}
            max={TOKEN_DAYS_MAX}
            defaultValue={DAYS}
            required
          />
        )}
      </Field>
      <FormError>{failure === null ? null : errorText(failure)}</FormError>
      <FormActions label={t("make")} isBusy={isBusy} />
    </form>
  );
}
