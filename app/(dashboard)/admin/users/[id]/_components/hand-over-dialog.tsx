"use client";

import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { request } from "#components/api/request.ts";
import { useErrorText } from "#components/api/use-error-text.ts";
import { Button } from "#components/ui/button.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { Field } from "#components/ui/field.tsx";
import { FormActions } from "#components/ui/form-actions.tsx";
import { FormError } from "#components/ui/form-error.tsx";
import { Input } from "#components/ui/input.tsx";
import { useToast } from "#components/ui/toast.tsx";
import type { AccountWire } from "#lib/accounts/schema.ts";

/** Makes somebody else the owner of all models of a user, before the user leaves. */
export function HandOverDialog({ user }: { user: AccountWire }) {
  const t = useTranslations("admin.handOver");
  const router = useRouter();
  const toast = useToast();
  const errorText = useErrorText();
  const [isOpen, setOpen] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const to = String(new FormData(event.currentTarget).get("to")).trim();
    setBusy(true);
    setError(null);
    try {
      const { models } = await request<{ models: number }>(`/users/${user.id}/handover`, {
        method: "POST",
        body: { to },
      });
      setOpen(false);
      router.refresh();
      toast.success({ title: t("done", { count: models, to }) });
    } catch (cause) {
      setError(errorText(cause));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={t("title", { name: user.name })}
      description={t("text", { name: user.name })}
      open={isOpen}
      onOpenChange={(next) => {
        setError(null);
        setOpen(next);
      }}
      trigger={<Button>{t("open")}</Button>}
    >
      <form onSubmit={submit} className="flex flex-col gap-3">
        <Field label={t("to")}>
          {(control) => (
            <Input
              {...control}
              name="to"
              required
              maxLength={100}
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
            />
          )}
        </Field>
        <FormError>{error}</FormError>
        <FormActions label={t("open")} isBusy={isBusy} />
      </form>
    </Dialog>
  );
}
