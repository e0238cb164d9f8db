"use client";

import { Search } from "lucide-react";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import type { FormEvent } from "react";
import { Button } from "#components/ui/button.tsx";
import { Input } from "#components/ui/input.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { Select } from "#components/ui/select.tsx";
import { notCleanSchema } from "#lib/models/findings-schema.ts";
import {
  type FindingsAddress,
  findingsHref,
  parseFindingsAddress,
  QUERY_MAX_LENGTH,
} from "./findings-address.ts";

/** Which versions are listed, in the address, so that a shared link shows the same. */
export function FindingsFilters({ address }: { address: FindingsAddress }) {
  const t = useTranslations("findings");
  const common = useTranslations("common.verdict");
  const router = useRouter();
  const { verdict, query } = address;
  const open = (chosen: { verdict?: string; query?: string }) =>
    router.push(findingsHref(parseFindingsAddress({ verdict, query, ...chosen })));
  const search = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    open({ query: String(new FormData(event.currentTarget).get("query") ?? "") });
  };
  return (
    <fieldset className="mb-4 flex flex-wrap gap-2">
      <legend className="sr-only">{t("filters")}</legend>
      {/* Another address has another text, which a field that is filled in once would not show. */}
      <search key={query} className="min-w-0 max-w-md flex-1 basis-64">
        <form onSubmit={search} className="flex gap-2">
          <Input
            type="search"
            name="query"
            aria-label={t("search")}
            placeholder={t("searchPlaceholder")}
            defaultValue={query ?? ""}
            maxLength={QUERY_MAX_LENGTH}
            autoComplete="off"
            spellCheck={false}
          />
          <Button type="submit">
            <Search aria-hidden className="size-4" />
            {t("apply")}
          </Button>
        </form>
      </search>
      <Select
        aria-label={t("verdict")}
        className="w-auto min-w-44 max-sm:flex-1"
        value={verdict ?? ""}
        onChange={({ target }) => open({ verdict: target.value })}
      >
        <option value="">{t("allVerdicts")}</option>
        {notCleanSchema.options.map((known) => (
          <option key={known} value={known}>
            {common(known)}
          </option>
        ))}
      </Select>
      {(verdict !== undefined || query !== undefined) && (
        <LinkButton href="/findings" variant="ghost">
          {t("clear")}
        </LinkButton>
      )}
    </fieldset>
  );
}
