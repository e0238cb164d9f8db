"use client";

import { useTranslations } from "next-intl";
import { parseAsBoolean, parseAsString, useQueryState } from "nuqs";
import { useDeferredValue, useId } from "react";
import { useErrorText } from "#components/api/use-error-text.ts";
import { Button } from "#components/ui/button.tsx";
import { Checkbox } from "#components/ui/checkbox.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { FormError } from "#components/ui/form-error.tsx";
import { Count } from "#components/ui/format.tsx";
import { Input } from "#components/ui/input.tsx";
import { Skeleton } from "#components/ui/skeleton.tsx";
import { TensorTable } from "./tensor-table.tsx";
import { useDelayed } from "./use-delayed.ts";
import { useTensors } from "./use-tensors.ts";

const TYPING_PAUSE_MS = 250;

/** Search, tree and list of a version's tensors; both choices are in the address. */
export function TensorsTab(props: { model: string; version: string; total: number }) {
  const t = useTranslations("version.tensors");
  const errorText = useErrorText();
  const groupedId = useId();
  const [query, setQuery] = useQueryState("q", parseAsString.withDefault(""));
  const [isFlat, setFlat] = useQueryState("flat", parseAsBoolean.withDefault(false));
  const wanted = useDelayed(query.trim(), TYPING_PAUSE_MS);
  const { tensors, total, error, isPending, isFetching, hasNextPage, fetchNextPage } = useTensors(
    props.model,
    props.version,
    wanted,
  );
  const shown = useDeferredValue(tensors);
  if (props.total === 0) return <EmptyState title={t("noneTitle")} description={t("noneText")} />;
  return (
    <div className="flex min-w-0 flex-col gap-3">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <Input
          type="search"
          aria-label={t("search")}
          placeholder={t("search")}
          className="max-w-md flex-1 basis-56"
          maxLength={200}
          value={query}
          onChange={(event) => void setQuery(event.target.value || null)}
        />
        <label htmlFor={groupedId} className="flex min-h-target items-center gap-2">
          <Checkbox
            id={groupedId}
            checked={!isFlat}
            onChange={(event) => void setFlat(event.target.checked ? null : true)}
          />
          {t("grouped")}
        </label>
        <p role="status" className="text-muted">
          {total !== null && t("found", { count: total })}
          {total !== null && tensors.length < total && (
            <>
              {" · "}
              {t("loaded")} <Count value={tensors.length} />
            </>
          )}
        </p>
      </div>
      <FormError>{error ? errorText(error) : null}</FormError>
      {isPending && <Skeleton className="h-96" />}
      {total === 0 && <EmptyState title={t("nothing", { query: wanted })} />}
      {shown.length > 0 && <TensorTable tensors={shown} isFlat={isFlat} isSearch={wanted !== ""} />}
      {hasNextPage && !isFetching && (
        <Button className="self-center" onClick={() => void fetchNextPage()}>
          {t("loadMore")}
        </Button>
      )}
    </div>
  );
}
