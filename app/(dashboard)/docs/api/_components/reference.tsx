"use client";

import { Search } from "lucide-react";
import { useTranslations } from "next-intl";
import { parseAsString, useQueryState } from "nuqs";
import { Input } from "#components/ui/input.tsx";
import { OperationCard } from "./operation-card.tsx";
import { OperationIndex } from "./operation-index.tsx";
import { grouped, matching, type Operation } from "./operations.ts";

/** All operations by group, narrowed by a search that is kept in the address. */
export function Reference({ operations }: { operations: readonly Operation[] }) {
  const t = useTranslations("apiDocs");
  const [query, setQuery] = useQueryState("q", parseAsString.withDefault(""));
  const found = matching(operations, query);
  const groups = grouped(found);
  return (
    <div className="grid gap-6 lg:grid-cols-[14rem_minmax(0,1fr)]">
      <div className="lg:sticky lg:top-4 lg:max-h-[calc(100dvh-2rem)] lg:self-start lg:overflow-y-auto lg:p-0.5">
        <search>
          <div className="relative">
            <Search
              aria-hidden
              className="pointer-events-none absolute top-1/2 left-2.5 size-4 -translate-y-1/2 text-muted"
            />
            <Input
              type="search"
              aria-label={t("search")}
              value={query}
              placeholder={t("search")}
              className="pl-8"
              onChange={(event) => void setQuery(event.target.value || null)}
            />
          </div>
        </search>
        <p role="status" className="mt-2 mb-3 px-1 text-muted text-xs">
          {t("count", { count: found.length })}
        </p>
        <OperationIndex groups={groups} />
      </div>
      <div className="grid min-w-0 content-start gap-6">
        {groups.map(([group, members]) => (
          <section key={group} aria-label={group} className="grid min-w-0 gap-3">
            <h2 lang="en" className="font-semibold text-base">
              {group}
            </h2>
            {members.map((operation) => (
              <OperationCard key={operation.id} operation={operation} />
            ))}
          </section>
        ))}
      </div>
    </div>
  );
}
