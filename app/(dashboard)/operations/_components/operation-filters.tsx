"use client";

import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { Select } from "#components/ui/select.tsx";
import { OPERATION_KINDS, OPERATION_STATES } from "#lib/operations/schema.ts";
import {
  type OperationsAddress,
  operationsHref,
  parseOperationsAddress,
} from "./operations-address.ts";

/** Which operations are listed, in the address, so that a shared link shows the same. */
export function OperationFilters({ address }: { address: OperationsAddress }) {
  const t = useTranslations("operations");
  const router = useRouter();
  const { kind, state } = address;
  const choose = (chosen: { kind?: string; state?: string }) =>
    router.push(operationsHref(parseOperationsAddress({ kind, state, ...chosen })));
  return (
    <div className="mb-4 flex flex-wrap gap-2">
      <Select
        aria-label={t("kind")}
        className="w-auto min-w-44 max-sm:flex-1"
        value={kind ?? ""}
        onChange={(event) => choose({ kind: event.target.value })}
      >
        <option value="">{t("allKinds")}</option>
        {OPERATION_KINDS.map((known) => (
          <option key={known} value={known}>
            {t(`kinds.${known}`)}
          </option>
        ))}
      </Select>
      <Select
        aria-label={t("state")}
        className="w-auto min-w-44 max-sm:flex-1"
        value={state ?? ""}
        onChange={(event) => choose({ state: event.target.value })}
      >
        <option value="">{t("allStates")}</option>
        {OPERATION_STATES.map((known) => (
          <option key={known} value={known}>
            {t(`states.${known}`)}
          </option>
        ))}
      </Select>
    </div>
  );
}
