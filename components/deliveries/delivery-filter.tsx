"use client";

import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { Select } from "#components/ui/select.tsx";
import { DELIVERY_STATES, type DeliveryState } from "#lib/deliveries/schema.ts";

/** Which messages are listed, in the address. */
export function DeliveryFilter({
  href,
  state,
}: {
  href: string;
  state: DeliveryState | undefined;
}) {
  const t = useTranslations("deliveries");
  const router = useRouter();
  return (
    <Select
      aria-label={t("state")}
      className="w-auto min-w-40"
      value={state ?? ""}
      onChange={({ target }) => router.push(target.value ? `${href}?state=${target.value}` : href)}
    >
      <option value="">{t("allStates")}</option>
      {DELIVERY_STATES.map((known) => (
        <option key={known} value={known}>
          {t(`states.${known}`)}
        </option>
      ))}
    </Select>
  );
}
