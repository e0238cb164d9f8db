"use client";

import { useTranslations } from "next-intl";
import { parseAsString, useQueryState } from "nuqs";
import { useDeferredValue, useMemo, useState } from "react";
import { useDelayed } from "#app/(dashboard)/models/[name]/versions/[ref]/_components/use-delayed.ts";
import { useErrorText } from "#components/api/use-error-text.ts";
import { Button } from "#components/ui/button.tsx";
import { Card } from "#components/ui/card.tsx";
import { FormError } from "#components/ui/form-error.tsx";
import { Input } from "#components/ui/input.tsx";
import { Skeleton } from "#components/ui/skeleton.tsx";
import { ComparedTensorTable } from "./compared-tensor-table.tsx";
import { byDifference, isKnownSame } from "./order-tensors.ts";
import { useComparedTensors } from "./use-compared-tensors.ts";

const TYPING_PAUSE_MS = 250;

type TensorsCardProps = {
  model: string;
  /** What the versions are called, the base first. */
  labels: readonly string[];
  from: string;
  to: readonly string[];
  showsAll: boolean;
};

/** The tensors of the versions side by side; their values are compared when somebody asks for it. */
export function TensorsCard({ model, labels, from, to, showsAll }: TensorsCardProps) {
  const t = useTranslations("compare.tensors");
  const errorText = useErrorText();
  const [query, setQuery] = useQueryState("q", parseAsString.withDefault(""));
  const [isMeasuring, setMeasuring] = useState(false);
  const wanted = useDelayed(query.trim(), TYPING_PAUSE_MS);
  const compared = useComparedTensors({
    ...{ model, from, to, query: wanted },
    ...{ differences: !showsAll, weights: isMeasuring },
  });
  const { tensors, total, error, isPending, isFetching, hasNextPage, isPlaceholderData } = compared;
  const isRunning = isMeasuring && (isFetching || (hasNextPage && !error));
  const isMeasured = isMeasuring && !isRunning && !error && !isPlaceholderData;
  const rows = useMemo(() => {
    const shown = showsAll ? tensors : tensors.filter((tensor) => !isKnownSame(tensor));
    return isMeasured ? byDifference(shown) : shown;
  }, [tensors, showsAll, isMeasured]);
  const shown = useDeferredValue(rows);
  const measured = isPlaceholderData ? 0 : tensors.length;
  return (
    <div id="tensors" className="min-w-0 scroll-mt-4">
      <Card title={t("heading")} bodyClassName="flex min-w-0 flex-col gap-3">
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
          {isRunning ? (
            <Button onClick={() => setMeasuring(false)}>{t("stop")}</Button>
          ) : (
            <Button disabled={isMeasured || total === 0} onClick={() => setMeasuring(true)}>
              {t("measure")}
            </Button>
          )}
          <p role="status" className="text-muted">
            {isRunning && total !== null
              ? t("measuring", { done: measured, total })
              : total !== null && t("found", { count: isMeasured ? rows.length : total })}
            {isMeasured && rows.length > 1 && <> · {t("sorted")}</>}
          </p>
        </div>
        {isMeasuring && <p className="text-muted text-xs">{t("relativeHint")}</p>}
        <FormError>{error ? errorText(error) : null}</FormError>
        {error && (
          <Button className="self-start" onClick={() => void compared.refetch()}>
            {t("again")}
          </Button>
        )}
        {isPending && !error && <Skeleton className="h-64" />}
        {!isPending && !isFetching && rows.length === 0 && !error && (
          <p className="text-muted">
            {wanted === "" ? t("none") : t("nothing", { query: wanted })}
          </p>
        )}
        {shown.length > 0 && <ComparedTensorTable tensors={shown} labels={labels} />}
        {hasNextPage && !isFetching && !isMeasuring && (
          <Button className="self-center" onClick={() => void compared.fetchNextPage()}>
            {t("loadMore")}
          </Button>
        )}
      </Card>
    </div>
  );
}
