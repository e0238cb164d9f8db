"use client";

import { Search, X } from "lucide-react";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import type { FormEvent } from "react";
import { Button } from "#components/ui/button.tsx";
import { Input } from "#components/ui/input.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { Select } from "#components/ui/select.tsx";
import { type ClusterAddress, clusterHref } from "./cluster-address.ts";

/** Which workers are listed, in the address, so that a shared link shows the same. */
export function WorkerFilters(props: {
  address: Omit<ClusterAddress, "cursor">;
  clusters: readonly string[];
}) {
  const t = useTranslations("cluster.filter");
  const router = useRouter();
  const { address, clusters } = props;
  const { cluster, query, model, version } = address;
  const go = (chosen: ClusterAddress) =>
    router.push(clusterHref({ ...address, ...chosen }, "#workers"));
  const search = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    go({ query: String(new FormData(event.currentTarget).get("query")).trim() });
  };
  const { model: _model, version: _version, ...withoutModel } = address;
  return (
    <div className="flex flex-wrap items-center gap-2 p-3">
      <search className="min-w-56 flex-1 max-sm:basis-full">
        <form onSubmit={search} className="flex gap-2">
          <Input
            key={query ?? ""}
            name="query"
            type="search"
            aria-label={t("search")}
            placeholder={t("search")}
            defaultValue={query ?? ""}
            maxLength={200}
          />
          <Button type="submit" aria-label={t("find")} className="px-2.5">
            <Search aria-hidden className="size-4" />
          </Button>
        </form>
      </search>
      {clusters.length > 1 && (
        <Select
          aria-label={t("cluster")}
          className="w-auto min-w-44 max-w-full max-sm:flex-1"
          value={cluster ?? ""}
          onChange={(event) => go({ cluster: event.target.value })}
        >
          <option value="">{t("all")}</option>
          {clusters.map((known) => (
            <option key={known} value={known}>
              {known}
            </option>
          ))}
        </Select>
      )}
      {model && (
        <LinkButton href={clusterHref(withoutModel, "#workers")} size="sm" aria-label={t("clear")}>
          {model} {version}
          <X aria-hidden className="size-3.5" />
        </LinkButton>
      )}
    </div>
  );
}
