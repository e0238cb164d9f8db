"use client";

import { usePathname } from "next/navigation";
import { useTranslations } from "next-intl";
import { TabLinks } from "#components/ui/tab-links.tsx";

const HREFS = { webhooks: "/integrations/webhooks", mlflow: "/integrations/mlflow" } as const;
const ORDER = ["webhooks", "mlflow"] as const;

export function IntegrationTabs() {
  const t = useTranslations("mlflowSync");
  const pathname = usePathname();
  const current = ORDER.find((tab) => pathname.startsWith(HREFS[tab])) ?? "webhooks";
  return (
    <TabLinks
      label={t("tabsLabel")}
      current={current}
      tabs={ORDER.map((value) => ({ value, href: HREFS[value], label: t(`tab.${value}`) }))}
    />
  );
}
