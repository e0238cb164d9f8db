"use client";

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
import type { AccountWire } from "#lib/accounts/schema.ts";
import { accountApi } from "./account-api.ts";

/** As the rest of the interface counts: in binary units. */
const GIB = 2 ** 30;

/** The texts of an account, and how much it may store. */
export function EditAccountDialog({ account }: { account: AccountWire }) {
  const t = useTranslations("admin.edit");
  const common = useTranslations("common");
  const [isOpen, setOpen] = useState(false);
  const { run, isBusy, error, setError } = useChange();
  const isUser = account.kind === "user";
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name) ?? "").trim();
    const body = {
      display_name: text("display_name"),
      quota_bytes: text("quota") === "" ? null : Math.round(Number(text("quota")) * GIB),
      ...(isUser ? { email: text("email") || null } : {}),
    };
    const save = () => request(accountApi(account), { method: "PATCH", body });
    if (await run(save, { title: t("saved", { name: account.name }) })) setOpen(false);
  };
  return (
    <Dialog
      title={t("title", { name: account.name })}
      open={isOpen}
      onOpenChange={(next) => {
        setError(null);
        setOpen(next);
      }}
      trigger={<Button>{t("open")}</Button>}
    >
      <form onSubmit={submit} className="flex flex-col gap-3">
        <Field label={t("displayName")} optionalLabel={common("optional")}>
          {(control) => (
            <Input
              {...control}
              name="display_name"
              maxLength={200}
              autoComplete="off"
              defaultValue={account.display_name}
            />
          )}
        </Field>
        {isUser && (
          <Field label={t("email")} optionalLabel={common("optional")}>
            {(control) => (
              <Input
                {...control}
                name="email"
                type="email"
                maxLength={254}
                autoComplete="off"
                defaultValue={account.email ?? ""}
              />
            )}
          </Field>
        )}
        <Field label={t("quota")} optionalLabel={common("optional")} hint={t("quotaHint")}>
          {(control) => (
            <Input
              {...control}
              name="quota"
              type="number"
              min={0}
              step="any"
              defaultValue={account.quota_bytes === null ? "" : account.quota_bytes / GIB}
            />
          )}
        </Field>
        <FormError>{error}</FormError>
        <FormActions label={common("save")} isBusy={isBusy} />
      </form>
    </Dialog>
  );
}
