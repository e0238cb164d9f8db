"use client";

import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { Select } from "#components/ui/select.tsx";
import { ALERT_KINDS, SEVERITIES } from "#lib/alerts/kinds.ts";
import {
  ALERT_STATES,
  type AlertsAddress,
  alertsHref,
  parseAlertsAddress,
} from "./alerts-address.ts";

/** Which alerts are listed, in the address, so that a shared link shows the same. */
export function AlertFilters({ address }: { address: AlertsAddress }) {
  const t = useTranslations("alerts");
  const router = useRouter();
  const { state, severity, kind } = address;
  const choose = (chosen: Record<string, string>) =>
    router.push(alertsHref(parseAlertsAddress({ state, severity, kind, ...chosen })));
  return (
    <fieldset className="mb-4 flex flex-wrap gap-2">
      <legend className="sr-only">{t("filters")}</legend>
      <Select
        aria-label={t("state")}
        className="w-auto min-w-44 max-sm:flex-1"
        value={state ?? "open"}
        onChange={({ target }) => choose({ state: target.value })}
      >
        {ALERT_STATES.map((known) => (
          <option key={known} value={known}>
            {t(`states.${known}`)}
          </option>
        ))}
      </Select>
      <Select
        aria-label={t("severity")}
        className="w-auto min-w-44 max-sm:flex-1"
        value={severity ?? ""}
        onChange={({ target }) => choose({ severity: target.value })}
      >
        <option value="">{t("allSeverities")}</option>
        {SEVERITIES.map((known) => (
          <option key={known} value={known}>
            {t(`severities.${known}`)}
          </option>
        ))}
      </Select>
      <Select
        aria-label={t("kind")}
        className="w-auto min-w-44 max-sm:flex-1"
        value={kind ?? ""}
        onChange={({ target }) => choose({ kind: target.value })}
      >
        <option value="">{t("allKinds")}</option>
        {ALERT_KINDS.map((known) => (
          <option key={known} value={known}>
            {t(`kinds.${known}`)}
          </option>
        ))}
      </Select>
    </fieldset>
  );
}
