"use client";

import { usePathname } from "next/navigation";
import { useTranslations } from "next-intl";
import { TabLinks } from "#components/ui/tab-links.tsx";

const TABS = [
  ["silences", "/alerts/silences"],
  ["contacts", "/alerts/contact-points"],
  ["alerts", "/alerts"],
] as const;
const ORDER = ["alerts", "silences", "contacts"] as const;

export function AlertsTabs({ mayManageContacts }: { mayManageContacts: boolean }) {
  const t = useTranslations("alerts");
  const pathname = usePathname();
  const hrefs = Object.fromEntries(TABS) as Record<(typeof ORDER)[number], string>;
  const current = TABS.find(([, href]) => pathname === href || pathname.startsWith(`${href}/`));
  const shown = ORDER.filter((tab) => tab !== "contacts" || mayManageContacts);
  return (
    <TabLinks
      label={t("tabsLabel")}
      current={current?.[0] ?? "alerts"}
      tabs={shown.map((value) => ({ value, href: hrefs[value], label: t(`tab.${value}`) }))}
    />
  );
}
