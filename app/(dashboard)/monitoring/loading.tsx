import { useTranslations } from "next-intl";
import { Skeleton } from "#components/ui/skeleton.tsx";

const CHARTS = ["a", "b", "c", "d", "e", "f"];

export default function MonitoringLoading() {
  const t = useTranslations("common");
  return (
    <div role="status" aria-label={t("loading")}>
      <Skeleton className="mb-2 h-7 w-40" />
      <Skeleton className="mb-6 h-5 w-full max-w-prose" />
      <Skeleton className="mb-4 h-40 w-full" />
      <div className="grid grid-cols-1 gap-4 lg:grid-cols-2 xl:grid-cols-3">
        {CHARTS.map((chart) => (
          <Skeleton key={chart} className="h-72 w-full" />
        ))}
      </div>
    </div>
  );
}
