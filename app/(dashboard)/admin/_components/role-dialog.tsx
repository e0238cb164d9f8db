"use client";

import { useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { type FormEvent, useState } from "react";
import { RightsList } from "#components/accounts/rights-list.tsx";
import { request } from "#components/api/request.ts";
import { useChange } from "#components/api/use-change.ts";
import { useErrorText } from "#components/api/use-error-text.ts";
import { Button } from "#components/ui/button.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { FormActions } from "#components/ui/form-actions.tsx";
import { FormError } from "#components/ui/form-error.tsx";
import { Skeleton } from "#components/ui/skeleton.tsx";
import type { AccountWire, RightsWire } from "#lib/accounts/schema.ts";
import { accountApi } from "./account-api.ts";
import { RoleField } from "./role-field.tsx";

/** Gives another role, after showing what the account may do then. `rights` are those of now. */
export function RoleDialog(props: { account: AccountWire; rights: RightsWire }) {
  const { account } = props;
  const t = useTranslations("admin.roleChange");
  const accounts = useTranslations("accounts");
  const [isOpen, setOpen] = useState(false);
  const [role, setRole] = useState(account.role);
  const { run, isBusy, error, setError } = useChange();
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const save = () => request(accountApi(account), { method: "PATCH", body: { role } });
    const title = t("saved", { name: account.name, role: accounts(`role.${role}`) });
    if (await run(save, { title })) setOpen(false);
  };
  return (
    <Dialog
      title={t("title", { name: account.name })}
      className="max-w-2xl"
      open={isOpen}
      onOpenChange={(next) => {
        setError(null);
        setRole(account.role);
        setOpen(next);
      }}
      trigger={<Button>{t("open")}</Button>}
    >
      <form onSubmit={submit} className="flex flex-col gap-3">
        <RoleField value={role} onChange={setRole} />
        <h3 className="font-medium">{t("then")}</h3>
        <RightsThen id={account.id} role={role} before={props.rights} />
        <FormError>{error}</FormError>
        <FormActions label={t("save")} isBusy={isBusy} />
      </form>
    </Dialog>
  );
}

function RightsThen(props: { id: string; role: AccountWire["role"]; before: RightsWire }) {
  const common = useTranslations("common");
  const errorText = useErrorText();
  const then = useQuery({
    queryKey: ["rights", props.id, props.role],
    queryFn: ({ signal }) =>
      request<RightsWire>(`/users/${props.id}/permissions?role=${props.role}`, { signal }),
    placeholderData: (previous) => previous,
  });
  if (then.isError) return <FormError>{errorText(then.error)}</FormError>;
  if (then.data === undefined)
    return (
      <div role="status" aria-label={common("loading")}>
        <Skeleton className="h-64 w-full" />
      </div>
    );
  return (
    <section
      aria-live="polite"
      aria-busy={then.isPlaceholderData}
      className="rounded-md border border-line p-3"
    >
      <RightsList rights={then.data} before={props.before} />
    </section>
  );
}
