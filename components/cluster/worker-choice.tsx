"use client";

import { useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useDeferredValue, useState } from "react";
import { request } from "#components/api/request.ts";
import { CheckField } from "#components/ui/check-field.tsx";
import { Input } from "#components/ui/input.tsx";

const SHOWN = 50;

type Workers = { items: { address: string; name: string; host: string }[]; total: number };

/** All workers, or those that are chosen; found by a part of their names, since a cluster may have thousands. */
export function WorkerChoice(props: {
  scheduler: string;
  /** Addresses; null: all workers. */
  chosen: readonly string[] | null;
  onChange: (chosen: string[] | null) => void;
}) {
  const t = useTranslations("cluster.dialog");
  const { scheduler, chosen, onChange } = props;
  const [text, setText] = useState("");
  const query = useDeferredValue(text.trim());
  const { data } = useQuery({
    queryKey: ["load-workers", scheduler, query],
    enabled: chosen !== null,
    queryFn: ({ signal }) => {
      const search = new URLSearchParams({ scheduler_address: scheduler, limit: String(SHOWN) });
      if (query) search.set("query", query);
      return request<Workers>(`/clusters/workers?${search}`, { signal });
    },
    placeholderData: (previous) => previous,
  });
  const toggle = (address: string, isChosen: boolean) => {
    const others = (chosen ?? []).filter((other) => other !== address);
    onChange(isChosen ? [...others, address] : others);
  };
  return (
    <fieldset className="flex min-w-0 flex-col gap-2">
      <legend className="mb-1 font-medium">{t("workers")}</legend>
      <CheckField
        checked={chosen === null}
        onChange={(event) => onChange(event.target.checked ? null : [])}
      >
        {t("allWorkers")}
      </CheckField>
      {chosen !== null && (
        <>
          <Input
            type="search"
            aria-label={t("findWorkers")}
            placeholder={t("findWorkers")}
            value={text}
            maxLength={200}
            onChange={(event) => setText(event.target.value)}
          />
          <div className="flex max-h-48 flex-col gap-1.5 overflow-auto rounded-md border border-line p-2">
            {data?.items.map(({ address, name, host }) => (
              <CheckField
                key={address}
                checked={chosen.includes(address)}
                onChange={(event) => toggle(address, event.target.checked)}
              >
                <span className="[overflow-wrap:anywhere]">{name || address}</span>{" "}
                <span className="text-muted text-xs">{host}</span>
              </CheckField>
            ))}
            {data?.items.length === 0 && <p className="text-muted">{t("noWorkers")}</p>}
          </div>
          <p role="status" className="text-muted text-xs">
            {t("chosen", { chosen: chosen.length, total: data?.total ?? 0 })}
          </p>
        </>
      )}
    </fieldset>
  );
}
