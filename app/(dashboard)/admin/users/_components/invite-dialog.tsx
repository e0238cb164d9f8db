"use client";

import { UserPlus } from "lucide-react";
import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { request } from "#components/api/request.ts";
import { useChange } from "#components/api/use-change.ts";
import { Button } from "#components/ui/button.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { Field } from "#components/ui/field.tsx";
import { FormActions } from "#components/ui/form-actions.tsx";
import { FormError } from "#components/ui/form-error.tsx";
import { Input } from "#components/ui/input.tsx";
import type { LinkWire } from "#lib/accounts/schema.ts";
import { OneTimeLink } from "../../_components/one-time-link.tsx";
import { RoleField } from "../../_components/role-field.tsx";

/** Makes a link by which somebody makes an account with the chosen role. */
export function InviteDialog() {
  const t = useTranslations("admin.invite");
  const [isOpen, setOpen] = useState(false);
  const [link, setLink] = useState<LinkWire | null>(null);
  const { run, isBusy, error, setError } = useChange();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const email = String(form.get("email")).trim();
    const body = { role: form.get("role"), ...(email ? { email } : {}) };
    const send = async () =>
      setLink(await request<LinkWire>("/invitations", { method: "POST", body }));
    void run(send, { title: t("made") });
  };
  return (
    <Dialog
      title={link ? t("madeTitle") : t("title")}
      description={link ? t("madeText") : t("text")}
      open={isOpen}
      onOpenChange={(next) => {
        setError(null);
        setLink(null);
        setOpen(next);
      }}
      trigger={
        <Button variant="primary">
          <UserPlus aria-hidden className="size-4" />
          {t("open")}
        </Button>
      }
    >
      {link ? (
        <OneTimeLink link={link} />
      ) : (
        <form onSubmit={submit} className="flex flex-col gap-3">
          <RoleField />
          <OptionalEmail />
          <FormError>{error}</FormError>
          <FormActions label={t("make")} isBusy={isBusy} />
        </form>
      )}
    </Dialog>
  );
}

function OptionalEmail() {
  const t = useTranslations("admin.invite");
  const common = useTranslations("common");
  return (
    <Field label={t("email")} optionalLabel={common("optional")} hint={t("emailHint")}>
      {(control) => (
        <Input {...control} name="email" type="email" maxLength={254} autoComplete="off" />
      )}
    </Field>
  );
}
