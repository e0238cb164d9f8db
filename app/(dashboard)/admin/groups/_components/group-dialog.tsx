"use client";

import { Plus } from "lucide-react";
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

export function GroupDialog() {
  const t = useTranslations("admin.groups");
  const common = useTranslations("common");
  const [isOpen, setOpen] = useState(false);
  const { run, isBusy, error, setError } = useChange();
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const name = String(form.get("name")).trim();
    const body = { name, description: form.get("description") };
    const create = () => request("/groups", { method: "POST", body });
    if (await run(create, { title: t("created", { name }) })) setOpen(false);
  };
  return (
    <Dialog
      title={t("createTitle")}
      open={isOpen}
      onOpenChange={(next) => {
        setError(null);
        setOpen(next);
      }}
      trigger={
        <Button variant="primary">
          <Plus aria-hidden className="size-4" />
          {t("create")}
        </Button>
      }
    >
      <form onSubmit={submit} className="flex flex-col gap-3">
        <Field label={t("name")}>
          {(control) => (
            <Input {...control} name="name" required maxLength={200} autoComplete="off" />
          )}
        </Field>
        <Field label={t("description")} optionalLabel={common("optional")}>
          {(control) => (
            <Input {...control} name="description" maxLength={1000} autoComplete="off" />
          )}
        </Field>
        <FormError>{error}</FormError>
        <FormActions label={t("create")} isBusy={isBusy} />
      </form>
    </Dialog>
  );
}
