"use client";

import { useTranslations } from "next-intl";
import { parseAsBoolean, useQueryState } from "nuqs";
import { useId } from "react";
import { Checkbox } from "#components/ui/checkbox.tsx";

/** Whether the address asks for what is the same, too. The server leaves it out of its tables. */
export function useShowsAll() {
  return useQueryState("all", parseAsBoolean.withDefault(false).withOptions({ shallow: false }));
}

export function DifferencesSwitch() {
  const t = useTranslations("compare");
  const id = useId();
  const [showsAll, setShowsAll] = useShowsAll();
  return (
    <label htmlFor={id} className="flex min-h-target items-center gap-2">
      <Checkbox
        id={id}
        checked={!showsAll}
        onChange={(event) => void setShowsAll(event.target.checked ? null : true)}
      />
      {t("differencesOnly")}
    </label>
  );
}
