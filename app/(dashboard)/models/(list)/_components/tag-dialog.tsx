"use client";

import { useTranslations } from "next-intl";
import { type FormEvent, type ReactElement, useState } from "react";
import { Button } from "#components/ui/button.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import { tagsSchema } from "#lib/models/request-schema.ts";

/** Asks for one tag, `key` and `value`. */
export function TagDialog(props: {
  trigger: ReactElement;
  count: number;
  onSubmit: (key: string, value: string) => Promise<void>;
}) {
  const t = useTranslations("models.bulk");
  const [isOpen, setOpen] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [isInvalid, setInvalid] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const key = String(form.get("key")).trim();
    const value = String(form.get("value")).trim();
    // A colon separates key and value in the list's address.
    const isFine = !key.includes(":") && tagsSchema.safeParse({ [key]: value }).success;
    setInvalid(!isFine);
    if (!isFine) return;
    setBusy(true);
    await props.onSubmit(key, value);
    setBusy(false);
    setOpen(false);
  };
  return (
    <Dialog
      trigger={props.trigger}
      title={t("tagTitle", { count: props.count })}
      description={t("tagText")}
      open={isOpen}
      onOpenChange={setOpen}
    >
      <form onSubmit={submit} className="grid gap-3 sm:grid-cols-2">
        <Field label={t("tagKey")} error={isInvalid ? t("tagInvalid") : null}>
          {(control) => (
            <Input {...control} name="key" maxLength={128} autoComplete="off" required />
          )}
        </Field>
        <Field label={t("tagValue")}>
          {(control) => <Input {...control} name="value" maxLength={1024} autoComplete="off" />}
        </Field>
        <div className="flex justify-end sm:col-span-2">
          <Button type="submit" variant="primary" isLoading={isBusy}>
            {t("tag")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
