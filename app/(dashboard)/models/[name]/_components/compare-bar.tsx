"use client";

import { GitCompareArrows } from "lucide-react";
import { useTranslations } from "next-intl";
import { compareHref } from "#components/api/paths.ts";
import { Button } from "#components/ui/button.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { COMPARED_VERSIONS_MAX } from "#lib/models/request-schema.ts";

/** Leads to the comparison of the chosen versions, the base first; says what to choose before that. */
export function CompareBar(props: {
  model: string;
  chosen: readonly string[];
  onClear: () => void;
}) {
  const { model, chosen, onClear } = props;
  const t = useTranslations("model.versions");
  const [from = null, ...to] = chosen;
  return (
    <div className="flex min-h-11 flex-wrap items-center gap-x-3 gap-y-1 border-line border-b px-4 py-1.5">
      {to.length > 0 ? (
        <LinkButton size="sm" variant="primary" href={compareHref(model, from, to)}>
          <GitCompareArrows aria-hidden className="size-4" />
          {t("compareChosen", { count: chosen.length })}
        </LinkButton>
      ) : (
        <Button size="sm" disabled>
          <GitCompareArrows aria-hidden className="size-4" />
          {t("compare")}
        </Button>
      )}
      <p role="status" className="text-muted text-xs">
        {t("compareHint", { count: chosen.length, most: COMPARED_VERSIONS_MAX + 1 })}
      </p>
      {chosen.length > 0 && (
        <Button size="sm" variant="ghost" onClick={onClear}>
          {t("clearChosen")}
        </Button>
      )}
    </div>
  );
}
