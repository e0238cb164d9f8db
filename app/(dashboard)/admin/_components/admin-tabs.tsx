"use client";

import { usePathname } from "next/navigation";
import { useTranslations } from "next-intl";
import { TabLinks } from "#components/ui/tab-links.tsx";

const TABS = [
  ["users", "/admin/users"],
  ["groups", "/admin/groups"],
  ["services", "/admin/service-accounts"],
  ["protections", "/admin/protections"],
  ["security", "/admin/security"],
] as const;

export function AdminTabs() {
  const t = useTranslations("admin");
  const pathname = usePathname();
  const current = TABS.find(([, href]) => pathname === href || pathname.startsWith(`${href}/`));
  return (
    <TabLinks
      label={t("title")}
      current={current?.[0] ?? ""}
      tabs={TABS.map(([value, href]) => ({ value, href, label: t(`tab.${value}`) }))}
    />
  );
}
