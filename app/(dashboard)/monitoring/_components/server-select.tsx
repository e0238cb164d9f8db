"use client";

import { useTranslations } from "next-intl";
import { Select } from "#components/ui/select.tsx";
import type { MonitoringWire } from "#lib/monitoring/schema.ts";

/** Whose figures the charts show. */
export function ServerSelect(props: {
  servers: MonitoringWire["servers"];
  value: string | null;
  onChange: (server: string | null) => void;
}) {
  const t = useTranslations("monitoring.server");
  const names = props.servers.map(({ name }) => name);
  // One that was chosen by an address of long ago.
  if (props.value !== null && !names.includes(props.value)) names.push(props.value);
  if (names.length < 2 && props.value === null) return null;
  return (
    <Select
      aria-label={t("label")}
      className="w-auto min-w-40 max-w-72 max-sm:w-full max-sm:max-w-none"
      value={props.value ?? ""}
      onChange={(event) => props.onChange(event.target.value || null)}
    >
      <option value="">{t("all")}</option>
      {names.map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </Select>
  );
}
