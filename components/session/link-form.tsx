"use client";

import { signIn } from "next-auth/react";
import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { ApiError, request } from "#components/api/request.ts";
import { useErrorText } from "#components/api/use-error-text.ts";
import { Button } from "#components/ui/button.tsx";
import { Field } from "#components/ui/field.tsx";
import { FormError } from "#components/ui/form-error.tsx";
import { Input } from "#components/ui/input.tsx";
import { PASSWORD_MAX, PASSWORD_MIN } from "#lib/accounts/schema.ts";

type Problems = { form: string | null; fields: Readonly<Record<string, string>> };
const NONE: Problems = { form: null, fields: {} };

/** Chooses a password, and for a new account (`accountName` null) a name; then signs in. */
export function LinkForm(props: { token: string; accountName: string | null }) {
  const t = useTranslations("signIn");
  const errorText = useErrorText();
  const [problems, setProblems] = useState(NONE);
  const [isBusy, setIsBusy] = useState(false);
  const isNew = props.accountName === null;

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const { name, display_name, password, repeat } = Object.fromEntries(
      new FormData(event.currentTarget),
    );
    if (password !== repeat) {
      setProblems({ form: null, fields: { repeat: t("repeatError") } });
      return;
    }
    setIsBusy(true);
    setProblems(NONE);
    try {
      const chosen = isNew ? { name, display_name } : {};
      const { user } = await request<{ user: { name: string } }>("/auth/links", {
        method: "POST",
        body: { token: props.token, password, ...chosen },
      });
      await signIn("password", { username: user.name, password, redirect: false });
      window.location.assign("/");
    } catch (error) {
      setIsBusy(false);
      const fields = error instanceof ApiError ? error.fieldErrors : {};
      setProblems({ form: errorText(error), fields });
    }
  }

  return (
    <form onSubmit={submit} className="grid gap-4">
      <FormError>{problems.form}</FormError>
      {isNew ? (
        <>
          <Field label={t("name")} hint={t("nameHint")} error={problems.fields.name ?? null}>
            {(control) => (
              <Input
                {...control}
                name="name"
                autoComplete="username"
                autoCapitalize="none"
                required
                autoFocus
              />
            )}
          </Field>
          <Field label={t("displayName")} error={problems.fields.display_name ?? null}>
            {(control) => <Input {...control} name="display_name" autoComplete="name" />}
          </Field>
        </>
      ) : (
        <input
          type="hidden"
          name="username"
          autoComplete="username"
          value={props.accountName ?? ""}
          readOnly
        />
      )}
      <Field
        label={t("password")}
        hint={t("passwordHint", { count: PASSWORD_MIN })}
        error={problems.fields.password ?? null}
      >
        {(control) => <NewPassword {...control} name="password" />}
      </Field>
      <Field label={t("repeat")} error={problems.fields.repeat ?? null}>
        {(control) => <NewPassword {...control} name="repeat" />}
      </Field>
      <Button type="submit" variant="primary" isLoading={isBusy}>
        {isNew ? t("create") : t("choose")}
      </Button>
    </form>
  );
}

function NewPassword(props: { name: string; id: string }) {
  return (
    <Input
      {...props}
      type="password"
      autoComplete="new-password"
      minLength={PASSWORD_MIN}
      maxLength={PASSWORD_MAX}
      required
    />
  );
}
