"use client";

import { useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useDeferredValue, useId } from "react";
import { modelApi } from "#components/api/paths.ts";
import { request } from "#components/api/request.ts";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import { Select } from "#components/ui/select.tsx";
import type { ModelListWire } from "#lib/models/schema.ts";

const PROPOSED = 20;
const VERSIONS_SHOWN = 100;

type Versions = { items: { version: string; verdict: string }[] };

/** A model, found while its name is typed, and one of its versions. */
export function ModelChoice(props: {
  model: string;
  version: string;
  onModelChange: (model: string) => void;
  onVersionChange: (version: string) => void;
}) {
  const t = useTranslations("cluster.dialog");
  const listId = useId();
  const asked = useDeferredValue(props.model.trim());
  const found = useQuery({
    queryKey: ["load-models", asked],
    queryFn: ({ signal }) => {
      const search = new URLSearchParams({ limit: String(PROPOSED), verdict: "clean" });
      if (asked) search.set("query", asked);
      return request<ModelListWire>(`/models?${search}`, { signal });
    },
    placeholderData: (previous) => previous,
  });
  const versions = useQuery({
    queryKey: ["load-versions", asked],
    enabled: asked !== "",
    retry: false,
    queryFn: ({ signal }) =>
      request<Versions>(`${modelApi(asked)}/versions?limit=${VERSIONS_SHOWN}`, { signal }),
  });
  const clean = versions.data?.items.filter(({ verdict }) => verdict === "clean") ?? [];
  return (
    <div className="grid gap-3 sm:grid-cols-2">
      <Field label={t("model")}>
        {(control) => (
          <Input
            {...control}
            required
            list={listId}
            autoComplete="off"
            maxLength={128}
            value={props.model}
            onChange={(event) => props.onModelChange(event.target.value)}
          />
        )}
      </Field>
      <datalist id={listId}>
        {found.data?.items.map(({ name }) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <Field label={t("version")}>
        {(control) => (
          <Select
            {...control}
            value={props.version}
            onChange={(event) => props.onVersionChange(event.target.value)}
          >
            <option value="latest">{t("latest")}</option>
            {clean.map(({ version }) => (
              <option key={version} value={version}>
                {version}
              </option>
            ))}
          </Select>
        )}
      </Field>
    </div>
  );
}
