"use client";

import { Pencil } from "lucide-react";
import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { modelApi } from "#components/api/paths.ts";
import { request } from "#components/api/request.ts";
import { useChange } from "#components/api/use-change.ts";
import { Button } from "#components/ui/button.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { Field } from "#components/ui/field.tsx";
import { FormActions } from "#components/ui/form-actions.tsx";
import { FormError } from "#components/ui/form-error.tsx";
import { Input } from "#components/ui/input.tsx";

export function OwnerDialog({ name, owner }: { name: string; owner: string }) {
  const t = useTranslations("model.owner");
  const common = useTranslations("common");
  const [isOpen, setOpen] = useState(false);
  const { run, isBusy, error, setError } = useChange();
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const next = String(new FormData(event.currentTarget).get("owner")).trim();
    const change = () => request(modelApi(name), { method: "PATCH", body: { owner: next } });
    if (await run(change, { title: t("saved", { owner: next }) })) setOpen(false);
  };
  return (
    <Dialog
      title={t("title")}
      open={isOpen}
      onOpenChange={(next) => {
        setError(null);
        setOpen(next);
      }}
      trigger={
        <Button size="icon" variant="ghost" className="size-target" aria-label={t("title")}>
          <Pencil aria-hidden className="size-3.5" />
        </Button>
      }
    >
      <form onSubmit={submit} className="flex flex-col gap-3">
        <Field label={t("label")} hint={t("hint")}>
          {(control) => (
            <Input {...control} name="owner" required maxLength={200} defaultValue={owner} />
          )}
        </Field>
        <FormError>{error}</FormError>
        <FormActions label={common("save")} isBusy={isBusy} />
      </form>
    </Dialog>
  );
}
