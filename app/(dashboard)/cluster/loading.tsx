import { useTranslations } from "next-intl";
import { Skeleton } from "#components/ui/skeleton.tsx";

export default function ClusterLoading() {
  const t = useTranslations("common");
  return (
    <div role="status" aria-label={t("loading")}>
      <Skeleton className="mb-2 h-7 w-32" />
      <Skeleton className="mb-6 h-5 w-full max-w-prose" />
      <Skeleton className="mb-4 h-48 w-full" />
      <Skeleton className="h-80 w-full" />
    </div>
  );
}
