"use client";

import { Search } from "lucide-react";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import type { FormEvent } from "react";
import { Button } from "#components/ui/button.tsx";
import { Input } from "#components/ui/input.tsx";
import { Select } from "#components/ui/select.tsx";
import { roleSchema } from "#lib/accounts/schema.ts";
import { type AccountsAddress, accountsHref, parseAccountsAddress } from "./account-address.ts";

/** Which accounts are listed, in the address, so that a shared link shows the same. */
export function AccountFilters(props: {
  path: "/admin/users" | "/admin/service-accounts";
  address: AccountsAddress;
}) {
  const t = useTranslations("admin");
  const accounts = useTranslations("accounts");
  const router = useRouter();
  const { query, role, state } = props.address;
  const go = (chosen: Record<string, string>) =>
    router.push(accountsHref(props.path, parseAccountsAddress({ query, role, state, ...chosen })));
  const search = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    go({ query: String(new FormData(event.currentTarget).get("query")) });
  };
  return (
    <div className="mb-4 flex flex-wrap gap-2">
      <search className="min-w-56 flex-1 max-sm:basis-full">
        <form onSubmit={search} className="flex gap-2">
          <Input
            key={query ?? ""}
            name="query"
            type="search"
            aria-label={t("search")}
            placeholder={t("search")}
            defaultValue={query ?? ""}
            maxLength={100}
          />
          <Button type="submit" aria-label={t("find")} className="px-2.5">
            <Search aria-hidden className="size-4" />
          </Button>
        </form>
      </search>
      <Select
        aria-label={t("role")}
        className="w-auto min-w-40 max-sm:flex-1"
        value={role ?? ""}
        onChange={(event) => go({ role: event.target.value })}
      >
        <option value="">{t("allRoles")}</option>
        {roleSchema.options.map((known) => (
          <option key={known} value={known}>
            {accounts(`role.${known}`)}
          </option>
        ))}
      </Select>
      <Select
        aria-label={t("state")}
        className="w-auto min-w-36 max-sm:flex-1"
        value={state ?? ""}
        onChange={(event) => go({ state: event.target.value })}
      >
        <option value="">{t("allStates")}</option>
        <option value="active">{accounts("active")}</option>
        <option value="disabled">{accounts("disabled")}</option>
      </Select>
    </div>
  );
}
