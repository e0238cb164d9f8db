"use client";

import { useTranslations } from "next-intl";
import type { FormEvent } from "react";
import { ApiError, request } from "#components/api/request.ts";
import { useChange } from "#components/api/use-change.ts";
import { Button } from "#components/ui/button.tsx";
import { FormError } from "#components/ui/form-error.tsx";
import { Input } from "#components/ui/input.tsx";
import type { AccountWire, GroupWire } from "#lib/accounts/schema.ts";

/** Adds a user or a service account by its name. */
export function AddMemberForm({ group }: { group: GroupWire }) {
  const t = useTranslations("admin.groups");
  const { run, isBusy, error, setError } = useChange();
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const name = String(new FormData(form).get("name")).trim();
    const add = async () => {
      const account = await findAccount(name);
      if (account === null) throw new ApiError({ status: 404, code: "account_not_found" });
      await request(`/groups/${group.id}/members/${account.id}`, { method: "PUT" });
    };
    const isUnknown = async (cause: unknown) => {
      const is = cause instanceof ApiError && cause.code === "account_not_found";
      if (is) setError(t("unknown", { name }));
      return is;
    };
    if (await run(add, { title: t("added", { name, group: group.name }) }, isUnknown)) form.reset();
  };
  return (
    <>
      <form onSubmit={submit} className="flex gap-2">
        <Input
          name="name"
          aria-label={t("memberOf", { group: group.name })}
          placeholder={t("member")}
          required
          maxLength={100}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
        />
        <Button type="submit" isLoading={isBusy} aria-label={t("addOne", { group: group.name })}>
          {t("add")}
        </Button>
      </form>
      <FormError>{error}</FormError>
    </>
  );
}

/** The search finds parts of names too: the first hundred hold the name itself unless it is very common. */
async function findAccount(name: string): Promise<AccountWire | null> {
  const search = new URLSearchParams({ query: name, limit: "100" });
  for (const kind of ["users", "service-accounts"]) {
    const { items } = await request<{ items: AccountWire[] }>(`/${kind}?${search}`);
    const found = items.find((account) => account.name.toLowerCase() === name.toLowerCase());
    if (found) return found;
  }
  return null;
}
