"use client";

import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { ApiError, request } from "#components/api/request.ts";
import { useErrorText } from "#components/api/use-error-text.ts";
import { Button } from "#components/ui/button.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { Field } from "#components/ui/field.tsx";
import { FormActions } from "#components/ui/form-actions.tsx";
import { FormError } from "#components/ui/form-error.tsx";
import { Input } from "#components/ui/input.tsx";
import { useToast } from "#components/ui/toast.tsx";
import { PASSWORD_MAX, PASSWORD_MIN } from "#lib/accounts/schema.ts";

type Problems = { form: string | null; fields: Readonly<Record<string, string>> };
const NONE: Problems = { form: null, fields: {} };

/** Another password for whoever knows the present one; the other sessions end. */
export function PasswordDialog() {
  const t = useTranslations("account.password");
  const router = useRouter();
  const toast = useToast();
  const errorText = useErrorText();
  const [isOpen, setOpen] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [problems, setProblems] = useState(NONE);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const { current, next, repeat } = Object.fromEntries(new FormData(event.currentTarget));
    if (next !== repeat) {
      setProblems({ form: null, fields: { repeat: t("differ") } });
      return;
    }
    setBusy(true);
    setProblems(NONE);
    try {
      const body = { current_password: current, new_password: next };
      await request("/me/password", { method: "PUT", body });
      setOpen(false);
      router.refresh();
      toast.success({ title: t("changed") });
    } catch (error) {
      const isOfForm = error instanceof ApiError && error.code === "invalid_request";
      const fields = isOfForm ? error.fieldErrors : {};
      setProblems({
        form: "current_password" in fields ? t("wrong") : errorText(error),
        fields: "new_password" in fields ? { next: fields.new_password ?? "" } : {},
      });
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={t("title")}
      description={t("text")}
      open={isOpen}
      onOpenChange={(open) => {
        setProblems(NONE);
        setOpen(open);
      }}
      trigger={<Button>{t("change")}</Button>}
    >
      <form onSubmit={submit} className="flex flex-col gap-3">
        <Field label={t("current")}>
          {(control) => (
            <Input
              {...control}
              name="current"
              type="password"
              autoComplete="current-password"
              maxLength={PASSWORD_MAX}
              required
            />
          )}
        </Field>
        <Field
          label={t("next")}
          hint={t("hint", { count: PASSWORD_MIN })}
          error={problems.fields.next ?? null}
        >
          {(control) => <NewPassword {...control} name="next" />}
        </Field>
        <Field label={t("repeat")} error={problems.fields.repeat ?? null}>
          {(control) => <NewPassword {...control} name="repeat" />}
        </Field>
        <FormError>{problems.form}</FormError>
        <FormActions label={t("save")} isBusy={isBusy} />
      </form>
    </Dialog>
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
